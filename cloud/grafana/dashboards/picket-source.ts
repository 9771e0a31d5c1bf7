import type { ChoiceQuery, PicketQuery } from '../src/picket/query.ts'
import type { Annotation, DataSource, Target, Variable } from './dashboard.ts'

/** The data source of `provisioning/picket`. */
const PICKET: DataSource = { type: 'picket-datasource', uid: 'picket' }

/** Of `picket-cloud` and gateways: devices of their own series. */
export const readings = (
  devices: string[],
  quantities: string[],
  more: Partial<PicketQuery> = {},
  refId = 'A',
): Target => ({ refId, datasource: PICKET, kind: 'readings', devices, quantities, live: true, ...more })

export const asked = (kind: PicketQuery['kind'], more: Partial<PicketQuery>): Target => ({
  refId: 'A',
  datasource: PICKET,
  kind,
  live: true,
  ...more,
})

export const alarmsOver = (more: Partial<PicketQuery>): Annotation => ({
  name: 'Alarms',
  datasource: PICKET,
  enable: true,
  iconColor: 'orange',
  target: { refId: 'Anno', datasource: PICKET, kind: 'annotations', ...more },
})

/** A variable of one value. */
export const oneOf = (name: string, label: string, query: Partial<ChoiceQuery>): Variable => ({
  name,
  label,
  type: 'query',
  datasource: PICKET,
  query: { refId: 'Picket', sites: [], devices: [], ...query },
  refresh: 1,
})

/** A variable of several values, at first of all. */
export const someOf = (name: string, label: string, query: Partial<ChoiceQuery>): Variable => ({
  ...oneOf(name, label, query),
  multi: true,
  includeAll: true,
  current: { text: ['All'], value: ['$__all'] },
})
