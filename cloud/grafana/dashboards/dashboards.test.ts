import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readChoiceQuery, readQuery } from '../src/picket/query.ts'
import { COLUMNS, type Dashboard, type Panel, type Target } from './dashboard.ts'
import { dashboardFiles, textOf } from './files.ts'

const PROJECT = join(import.meta.dirname, '..')
const ROOT = join(PROJECT, '..', '..')
const read = (...path: string[]): string => readFileSync(join(PROJECT, ...path), 'utf8')

const VARIANTS = ['picket', 'influx'] as const
const FOLDERS = VARIANTS.flatMap(variant => [
  { variant, folder: variant },
  { variant, folder: `zh/${variant}` },
])
const dashboards = FOLDERS.flatMap(({ variant, folder }) =>
  readdirSync(join(PROJECT, 'dashboards', folder)).map(file => ({
    variant,
    file: `${folder}/${file}`,
    dashboard: JSON.parse(read('dashboards', folder, file)) as Dashboard,
  })),
)
const provisioned = (variant: string) =>
  parse(read('provisioning', variant, 'datasources', `${variant}.yaml`))

/** What a dashboard asks, wherever it stands. */
const targetsOf = ({ panels, annotations }: Dashboard): Target[] => [
  ...panels.flatMap(({ targets }) => targets),
  ...annotations.list.map(({ target }) => target),
]
/** Variables that a text refers to; what Grafana and its InfluxDB data source define themselves is left out. */
const referredTo = (part: unknown): Set<string> =>
  new Set(
    [...JSON.stringify(part).matchAll(/\$\{?(\w+)/g)]
      .map(([, name]) => name as string)
      .filter(name => !/^(__all|__interval|timeFilter|tag_\w+)$/.test(name)),
  )
const quantitiesOf = (model: string): string[] =>
  Object.keys(parse(readFileSync(join(ROOT, 'devices', 'models', `${model}.yaml`), 'utf8')).quantities)

describe('the dashboards that are checked in', () => {
  it('are those that npm run grafana:dashboards writes', () => {
    const written = Object.fromEntries(dashboards.map(({ file }) => [file, read('dashboards', file)]))
    const made = Object.fromEntries(
      [...dashboardFiles()].map(([file, dashboard]) => [file, textOf(dashboard)]),
    )
    expect(written).toEqual(made)
  })

  it('are the same three in both variants and languages, with ids of their own', () => {
    const uids = dashboards.map(({ dashboard }) => dashboard.uid)
    expect(uids.toSorted()).toEqual(
      ['alarm-load', 'gateways', 'site']
        .flatMap(name => [`picket-${name}`, `picket-influx-${name}`])
        .flatMap(uid => [uid, `${uid}-zh`])
        .toSorted(),
    )
    expect(new Set(dashboards.map(({ dashboard }) => dashboard.title)).size).toBe(12)
  })
})

it.each(dashboards.filter(({ file }) => file.startsWith('zh/')))(
  'asks in Chinese what the other asks: $file',
  ({ file, dashboard }) => {
    const english = dashboards.find(one => `zh/${one.file}`.replace('.json', '-zh.json') === file)?.dashboard
    expect(targetsOf(dashboard)).toEqual(targetsOf(english as Dashboard))
    const texts = [dashboard, ...dashboard.panels].flatMap(({ title, description }) => [title, description])
    for (const text of texts.filter(one => one !== undefined)) expect(text).toMatch(/\p{Script=Han}|^\$/u)
  },
)

describe.each(dashboards)('$file', ({ variant, dashboard }) => {
  const names = dashboard.templating.list.map(({ name }) => name)

  it('asks the data source that is provisioned beside it', () => {
    const [{ uid, type }] = provisioned(variant).datasources
    const parts = [
      ...dashboard.panels,
      ...targetsOf(dashboard),
      ...dashboard.templating.list,
      ...dashboard.annotations.list,
    ]
    for (const { datasource } of parts) expect(datasource).toEqual({ uid, type })
  })

  it('has panels in the grid, beside each other, with ids', () => {
    const taken = new Map<string, number>()
    for (const { id, title, targets, gridPos } of dashboard.panels) {
      expect(title).not.toBe('')
      expect(targets.length).toBeGreaterThan(0)
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(COLUMNS)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x},${y}`)).toBeUndefined()
          taken.set(`${x},${y}`, id)
        }
    }
    const ids = dashboard.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('refers to variables that it has, and has none in vain', () => {
    const { templating, ...rest } = dashboard
    for (const name of referredTo(dashboard)) expect(names).toContain(name)
    for (const name of names)
      expect(referredTo([rest, templating.list.filter(one => one.name !== name)])).toContain(name)
    for (const { repeat } of dashboard.panels) if (repeat) expect(names).toContain(repeat)
    // A variable may build on those before it.
    for (const [index, { query }] of templating.list.entries())
      for (const name of referredTo(query)) expect(names.slice(0, index)).toContain(name)
  })
})

describe("what is asked of Picket's data source", () => {
  const asking = dashboards.filter(({ variant }) => variant === 'picket')

  it.each(asking)('it understands: $file', ({ dashboard }) => {
    for (const { datasource: _, ...target } of targetsOf(dashboard)) {
      expect(readQuery(target)).toMatchObject(target)
      expect(Object.keys(readQuery(target))).toEqual(expect.arrayContaining(Object.keys(target)))
    }
    for (const { query } of dashboard.templating.list) expect(readChoiceQuery(query)).toEqual(query)
  })

  it('are quantities of the models', () => {
    const named = (panel: Panel): string[] =>
      panel.targets.flatMap(target => readQuery(target).quantities).filter(name => !name.startsWith('$'))
    const [gateways, load] = ['picket-gateways', 'picket-alarm-load'].map(
      uid => asking.find(({ dashboard }) => dashboard.uid === uid)?.dashboard.panels.flatMap(named) ?? [],
    )
    expect(quantitiesOf('gateway')).toEqual(expect.arrayContaining(gateways as string[]))
    expect(quantitiesOf('cloud')).toEqual(expect.arrayContaining(load as string[]))
  })
})

describe('provisioning', () => {
  it.each(VARIANTS)('of %s points at its folder', variant => {
    const { providers } = parse(read('provisioning', variant, 'dashboards', `${variant}.yaml`))
    expect(providers).toEqual([
      expect.objectContaining({ type: 'file', options: { path: `\${PICKET_DASHBOARDS}/${variant}` } }),
    ])
  })

  it("has what the plugin's routes want", () => {
    const plugin = JSON.parse(read('src', 'plugin.json'))
    const [{ type, jsonData, secureJsonData }] = provisioned('picket').datasources
    expect(type).toBe(plugin.id)
    for (const { url, headers, method } of plugin.routes) {
      expect(method).toBe('GET')
      const wanted = [...JSON.stringify([url, headers]).matchAll(/\.(JsonData|SecureJsonData)\.(\w+)/g)]
      for (const [, part, name] of wanted) {
        expect(Object.keys(part === 'JsonData' ? jsonData : secureJsonData)).toContain(name)
      }
    }
  })
})
