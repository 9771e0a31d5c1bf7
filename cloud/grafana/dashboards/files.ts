import { type Dashboard, dashboardOf } from './dashboard.ts'
import { INFLUX_DASHBOARDS } from './influx-dashboards.ts'
import { PICKET_DASHBOARDS } from './picket-dashboards.ts'

/** Every dashboard by the file that it is checked in as, from this folder. */
export const dashboardFiles = (): Map<string, Dashboard> =>
  new Map([
    ...PICKET_DASHBOARDS.map(content => [`picket/${content.uid}.json`, dashboardOf(content)] as const),
    ...INFLUX_DASHBOARDS.map(content => [`influx/${content.uid}.json`, dashboardOf(content)] as const),
  ])

/** A dashboard as text. */
export const textOf = (dashboard: Dashboard): string => `${JSON.stringify(dashboard, null, 2)}\n`
