import { inChinese } from './chinese.ts'
import { type Dashboard, dashboardOf } from './dashboard.ts'
import { INFLUX_DASHBOARDS } from './influx-dashboards.ts'
import { PICKET_DASHBOARDS } from './picket-dashboards.ts'

const VARIANTS = { picket: PICKET_DASHBOARDS, influx: INFLUX_DASHBOARDS }

/** Every dashboard by the file that it is checked in as, from this folder. */
export const dashboardFiles = (): Map<string, Dashboard> =>
  new Map(
    Object.entries(VARIANTS).flatMap(([variant, contents]) => [
      ...contents.map(content => [`${variant}/${content.uid}.json`, dashboardOf(content)] as const),
      ...contents
        .map(inChinese)
        .map(content => [`zh/${variant}/${content.uid}.json`, dashboardOf(content)] as const),
    ]),
  )

/** A dashboard as text. */
export const textOf = (dashboard: Dashboard): string => `${JSON.stringify(dashboard, null, 2)}\n`
