import type { DataSource, Target, Variable } from './dashboard.ts'

/** The data source of `provisioning/influx`, asked by InfluxQL, which versions 1, 2 and 3 answer. */
const INFLUX: DataSource = { type: 'influxdb', uid: 'picket-influxdb' }

// The layout is that of cloud/src/stores/influx/README.md: 0 was taken back, 4 failed, 9 is missing.
const USABLE = '"quality" > 0 AND "quality" < 4'

/** Tags that a variable or a text must be; the format `regex` escapes whatever a name holds. */
export const tagIs = (tag: string, value: string): string =>
  `"${tag}" =~ /^${value.startsWith('$') ? `\${${value.slice(1)}:regex}` : value}$/`

interface Asked {
  /** What is computed of each interval. */
  of?: string
  where: readonly string[]
  by: readonly string[]
  refId?: string
}

/** A value of each interval, apart by tags. */
export const readings = ({ of = 'mean("value")', where, by, refId = 'A' }: Asked): Target => ({
  refId,
  datasource: INFLUX,
  rawQuery: true,
  resultFormat: 'time_series',
  query: `SELECT ${of} FROM "reading" WHERE $timeFilter AND ${[USABLE, ...where].join(' AND ')} GROUP BY ${['time($__interval)', ...by.map(tag => `"${tag}"`)].join(', ')} fill(null)`,
  alias: by.map(tag => `$tag_${tag}`).join(' · '),
})

/** A variable over the values of a tag. */
export const tagValues = (
  name: string,
  label: string,
  tag: string,
  where: readonly string[] = [],
): Variable => ({
  name,
  label,
  type: 'query',
  datasource: INFLUX,
  query: [
    `SHOW TAG VALUES FROM "reading" WITH KEY = "${tag}"`,
    ...where.slice(0, 1).map(one => `WHERE ${one}`),
    ...where.slice(1),
  ].join(' '),
  refresh: 2,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: ['All'], value: ['$__all'] },
})
