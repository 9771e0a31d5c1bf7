// The part of Grafana's dashboard model that is used (schema version 38, that of Grafana 9.5; later ones read it).

export interface DataSource {
  type: string
  uid: string
}

export interface Target {
  refId: string
  datasource: DataSource
  [setting: string]: unknown
}

/** A panel without its place. */
export interface Panel {
  title: string
  type: 'timeseries' | 'table'
  description?: string
  targets: Target[]
  fieldConfig: { defaults: Record<string, unknown>; overrides: unknown[] }
  options?: Record<string, unknown>
  /** One panel for each value of this variable. */
  repeat?: string
}

export interface Variable {
  name: string
  label: string
  type: 'query'
  datasource: DataSource
  query: unknown
  refresh: 1 | 2
  multi?: boolean
  includeAll?: boolean
  allValue?: string
  current?: { text: string[]; value: string[] }
}

export interface Annotation {
  name: string
  datasource: DataSource
  enable: boolean
  iconColor: string
  target: Target
}

export interface Content {
  uid: string
  /** Dashboards of one tag link to each other. */
  tag: string
  title: string
  description: string
  from: string
  refresh: string
  variables: Variable[]
  annotations?: Annotation[]
  /** From the top; what stands in a row shares its width. */
  rows: { height: number; panels: Panel[] }[]
}

export interface Dashboard {
  uid: string
  title: string
  templating: { list: Variable[] }
  annotations: { list: Annotation[] }
  panels: (Panel & {
    id: number
    datasource: DataSource
    gridPos: { x: number; y: number; w: number; h: number }
  })[]
  [setting: string]: unknown
}

/** Grafana's grid has so many columns. */
export const COLUMNS = 24

/** A dashboard as Grafana reads it from a file. */
export function dashboardOf({
  uid,
  tag,
  title,
  description,
  from,
  refresh,
  variables,
  annotations,
  rows,
}: Content): Dashboard {
  return {
    uid,
    title,
    description,
    tags: [tag],
    schemaVersion: 38,
    version: 1,
    editable: true,
    graphTooltip: 1,
    timezone: 'browser',
    time: { from, to: 'now' },
    refresh,
    links: [
      {
        type: 'dashboards',
        tags: [tag],
        title: 'Picket',
        asDropdown: true,
        includeVars: true,
        keepTime: true,
      },
    ],
    templating: { list: variables },
    annotations: { list: annotations ?? [] },
    panels: placed(rows),
  }
}

function placed(rows: Content['rows']): Dashboard['panels'] {
  let y = 0
  let id = 0
  return rows.flatMap(({ height, panels }) => {
    const w = Math.floor(COLUMNS / panels.length)
    const row = panels.map((panel, index) => ({
      id: ++id,
      ...panel,
      ...(panel.repeat === undefined ? {} : { repeatDirection: 'h', maxPerRow: 2 }),
      datasource: panel.targets[0]?.datasource as DataSource,
      gridPos: { x: index * w, y, w, h: height },
    }))
    y += height
    return row
  })
}

/** Lines over time; limits of rules are drawn where the data source gives them. */
export const lines = (
  title: string,
  targets: Target[],
  { unit, bars = false, description }: { unit?: string; bars?: boolean; description?: string } = {},
): Panel => ({
  title,
  type: 'timeseries',
  ...(description === undefined ? {} : { description }),
  targets,
  fieldConfig: {
    defaults: {
      ...(unit === undefined ? {} : { unit }),
      custom: {
        drawStyle: bars ? 'bars' : 'line',
        fillOpacity: bars ? 80 : 0,
        lineWidth: 1,
        showPoints: 'auto',
        // A line across a silence would claim values that nobody measured.
        spanNulls: false,
        stacking: { mode: bars ? 'normal' : 'none', group: 'A' },
        thresholdsStyle: { mode: bars ? 'off' : 'line' },
      },
    },
    overrides: [],
  },
  options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'none' } },
})

/** Rows of a table; `hidden` names fields that are not shown. */
export const table = (title: string, targets: Target[], hidden: readonly string[] = []): Panel => ({
  title,
  type: 'table',
  targets,
  fieldConfig: {
    defaults: {},
    overrides: hidden.map(name => ({
      matcher: { id: 'byName', options: name },
      properties: [{ id: 'custom.hidden', value: true }],
    })),
  },
})
