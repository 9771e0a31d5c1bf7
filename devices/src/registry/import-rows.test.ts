import { describe, expect, it } from 'vitest'
import type { ModelLibrary } from '../model.ts'
import { readCsv, writeCsv } from './csv.ts'
import type { Rows } from './entry.ts'
import { readGeoJson, writeGeoJson } from './geojson.ts'
import { importRows } from './import-rows.ts'
import type { Registry } from './registry.ts'

const models = new Map([['gauge', { quantities: {} }]]) as unknown as ModelLibrary

const REGISTRY: Registry = {
  sites: [
    {
      id: 'dam',
      name: { en: '=1+1, "Dam"', zh: '大坝' },
      location: { lat: -30.5, lon: 110.25 },
      polygon: [
        { lat: 30, lon: 110 },
        { lat: 30, lon: 111 },
        { lat: 31, lon: 111 },
        { lat: 30, lon: 110 },
      ],
      department: "'@home",
      camera: 'https://cameras.example/dam',
      parameters: { limit: { value: 1, seasons: { '06-01..09-30': 2 } } },
    },
  ],
  gateways: [
    { id: 'gw', site: 'dam', passwordFile: 'gw.secret', identifiers: [{ scheme: 'imei', value: '86:1' }] },
  ],
  devices: [
    {
      id: '-cmd',
      formerly: ['old;one', 'b'],
      model: 'gauge',
      site: 'dam',
      gateways: ['gw'],
      tags: ['+1', ' x\ny'],
      location: { lat: 30.1, lon: 110.1, altitudeM: -2 },
      installed: { date: '2026-02-01', by: 'Li\r\nWei', depthM: 1.5 },
      interval: '5m',
    },
    { id: '__proto__', model: 'gauge', site: 'dam', gateways: ['gw'] },
  ],
}
const EMPTY: Registry = { sites: [], gateways: [], devices: [] }

const csv = (text: string): Rows => readCsv(Buffer.from(text))
function bring(read: Rows, into: Registry = REGISTRY) {
  if ('fault' in read) throw new Error(read.fault)
  const { registry, report } = importRows(into, read.rows, models)
  return {
    registry,
    said: report.map(({ row, id, outcome, note }) => [row, id, outcome, ...(note ? [note] : [])]),
  }
}

describe.each([
  ['CSV', (registry: Registry): Rows => csv(writeCsv(registry))],
  ['GeoJSON', (registry: Registry): Rows => readGeoJson(writeGeoJson(registry))],
])('a registry as %s', (_, turn) => {
  it('comes back as it was, and changes nothing where it is', () => {
    const { registry, said } = bring(turn(REGISTRY), EMPTY)
    expect(registry).toEqual(REGISTRY)
    expect(said.map(([, , outcome]) => outcome)).toEqual(['added', 'added', 'added', 'added'])
    expect(bring(turn(REGISTRY)).said.map(([, , outcome]) => outcome)).toEqual(Array(4).fill('unchanged'))
  })
})

describe('a table', () => {
  it('gives spreadsheets nothing that they compute', () => {
    const cells = writeCsv(REGISTRY).split(/[,\n]/)
    expect(cells.filter(cell => /^"?[=+@]/.test(cell))).toEqual([])
    expect(cells).toContain("'-cmd")
    expect(cells).toContain('-30.5')
  })

  const rows = 'kind,id,name.en,name.zh\r\nsite,lake,"Lake ""A""\r\n, west",湖\r\n'
  it.each([
    ['UTF-8', Buffer.from(rows)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${rows}`)],
    ['UTF-16, little end first', Buffer.from(`\uFEFF${rows}`, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(`\uFEFF${rows}`, 'utf16le').swap16()],
    ['line ends of Unix', Buffer.from(rows.replaceAll('\r\n', '\n'))],
  ])('is read in %s', (_, bytes) => {
    const { registry, said } = bring(readCsv(bytes), EMPTY)
    expect(said).toEqual([[2, 'lake', 'added']])
    expect(registry.sites[0]?.name).toMatchObject({
      en: expect.stringMatching(/^Lake "A"\s+, west$/),
      zh: '湖',
    })
  })

  it.each([
    ['GBK', Buffer.from([0xba, 0xfe]), /neither UTF-8 nor UTF-16/],
    ['UTF-16 without a mark', Buffer.from(rows, 'utf16le'), /neither UTF-8 nor UTF-16/],
    ['nothing', Buffer.alloc(0), /empty/],
    ['an unknown column', Buffer.from('kind,id,__proto__\n'), /no column "__proto__"/],
    ['a column twice', Buffer.from('kind,id,id\n'), /"id" is there twice/],
    ['no kind', Buffer.from('id\n'), /"kind" is missing/],
    ['an open quote', Buffer.from('kind,id\nsite,"a\n'), /row 2: a quotation mark opens/],
  ])('is refused as a whole: %s', (_, bytes, fault) => {
    expect(readCsv(bytes)).toEqual({ fault: expect.stringMatching(fault) })
  })

  it('leaves what a cell does not say, and takes away what "-" says', () => {
    const { registry, said } = bring(csv('kind,id,department,camera\nsite,dam,,-\n'))
    expect(said).toEqual([[2, 'dam', 'changed']])
    expect(registry.sites[0]?.department).toBe("'@home")
    expect(registry.sites[0]).not.toHaveProperty('camera')
  })
})

describe('rows', () => {
  it('are refused one by one, with why, and the others taken', () => {
    const table = `kind,id,model,site,gateways,name.en,name.zh,polygon,identifiers,location.lat
device,d1,gauge,pond,gw
device,d2,gauge,nowhere,gw
device,d2b,gauge,island,gw
site,pond,,,,Pond,塘
site,pond,,,,Pond,塘
site,island,,,,Island,岛,10 20; 10 21; 91 21; 10 20
site,knot,,,,Knot,结,0 0; 1 1; 0 1; 1 0; 0 0
device,b,gauge,dam,gw
device,gw,gauge,dam,gw
device,d3,gauge,dam,gw,,,,imei
device,d4,gauge,dam,gw,,,,imei:86:1
device,d5,gauge,dam,gw,,,,,north
device,d6,radar,dam,gw
device,d/7,gauge,dam,gw
boat,d8
device,d9,gauge,dam,gw,,,,,1,2
`
    const { registry, said } = bring(csv(table))
    expect(said).toEqual([
      [2, 'd1', 'added'],
      [3, 'd2', 'refused', 'device "d2" stands at the unknown site "nowhere"'],
      [4, 'd2b', 'refused', 'device "d2b" stands at the unknown site "island"'],
      [5, 'pond', 'added'],
      [6, 'pond', 'refused', 'row 5 has this site already'],
      [7, 'island', 'refused', 'polygon.2.lat must be <= 90'],
      [8, 'knot', 'refused', 'polygon: it crosses itself: edge 1 meets edge 3'],
      [9, 'b', 'refused', '"b" is a former id of "-cmd"'],
      [10, 'gw', 'refused', '"gw" is there twice: it is gateway "gw" already'],
      [11, 'd3', 'refused', 'identifiers: "imei" is no scheme:value'],
      [12, 'd4', 'refused', 'imei:86:1 is there twice: "gw" has it already'],
      [13, 'd5', 'refused', 'location.lat: "north" is no number'],
      [14, 'd6', 'refused', 'device "d6" has the unknown model "radar"'],
      [15, 'd/7', 'refused', expect.stringMatching(/^an id has 1 to 128 characters/)],
      [16, 'd8', 'refused', 'kind "boat" is none of site, gateway, device'],
      [17, 'd9', 'refused', '11 cells under 10 headings'],
    ])
    expect(registry.sites.map(({ id }) => id)).toEqual(['dam', 'pond'])
    expect(registry.devices.map(({ id }) => id)).toEqual(['-cmd', '__proto__', 'd1'])
  })

  it('rename a device that they name as formerly', () => {
    const { registry, said } = bring(csv('kind,id,formerly\ndevice,gauge-2,__proto__\n'))
    expect(said).toEqual([[2, 'gauge-2', 'changed', 'it was __proto__']])
    expect(registry.devices[1]).toEqual({ ...REGISTRY.devices[1], id: 'gauge-2', formerly: ['__proto__'] })
  })

  it('rename a site and a gateway with them, which others go on naming as before', () => {
    const { registry, said } = bring(csv('kind,id,formerly\nsite,dam-2,dam\ngateway,gw-2,gw\nsite,dam,\n'))
    expect(said).toEqual([
      [2, 'dam-2', 'changed', 'it was dam'],
      [3, 'gw-2', 'changed', 'it was gw'],
      [4, 'dam', 'refused', '"dam" is a former id of "dam-2"'],
    ])
    expect(registry.devices).toEqual(REGISTRY.devices)
    expect(registry.sites.map(({ id, formerly }) => [id, formerly])).toEqual([['dam-2', ['dam']]])
    const again = bring(csv('kind,id,formerly\nsite,dam-3,dam-2\n'), registry)
    expect(again.registry.sites[0]?.formerly).toEqual(['dam-2', 'dam'])
  })

  it('may be fifty thousand', () => {
    const lines = Array.from({ length: 50_000 }, (_, at) => `device,d${at % 49_999},gauge,dam,gw`)
    const begun = performance.now()
    const { said } = bring(csv(`kind,id,model,site,gateways\n${lines.join('\n')}\n`))
    expect(said.filter(([, , outcome]) => outcome === 'added')).toHaveLength(49_999)
    expect(said.at(-1)).toEqual([50_001, 'd0', 'refused', 'row 2 has this device already'])
    expect(performance.now() - begun).toBeLessThan(20_000)
  })
})

describe('a map', () => {
  const collection = (...features: unknown[]): Rows =>
    readGeoJson(JSON.stringify({ type: 'FeatureCollection', features }))
  const site = (geometry: unknown, more: object = {}) => ({
    type: 'Feature',
    geometry,
    properties: { kind: 'site', id: 'x', name: { en: 'X', zh: 'X' }, ...more },
  })

  it.each([
    ['[', /JSON/],
    ['[]', /no FeatureCollection/],
    ['{"type":"Feature","features":[]}', /no FeatureCollection/],
    ['{"type":"FeatureCollection","features":{}}', /no FeatureCollection/],
  ])('%s is none', (text, fault) => {
    expect(readGeoJson(text)).toEqual({ fault: expect.stringMatching(fault) })
  })

  it.each<[string, unknown, RegExp]>([
    ['nothing', null, /no Feature/],
    ['a line', site({ type: 'LineString', coordinates: [[0, 0]] }), /a site cannot be a LineString/],
    [
      'an outline of a device',
      { ...site({ type: 'Polygon' }), properties: { kind: 'device', id: 'x' } },
      /cannot be a Polygon/,
    ],
    ['a hole', site({ type: 'Polygon', coordinates: [[], []] }), /holes/],
    [
      'a place out of the world',
      site({ type: 'Point', coordinates: [181, 0] }),
      /location.lon must be <= 180/,
    ],
    ['an outline out of the world', site({ type: 'Polygon', coordinates: [[[0, 99]]] }), /lat must be <= 90/],
    ['texts', site({ type: 'Point', coordinates: ['1', '2'] }), /longitude, latitude/],
    ['an unknown field', site(null, { colour: 'red' }), /^a site has no field colour$/],
    ['an unknown kind', site(null, { kind: 'constructor' }), /kind "constructor"/],
    ['a number as id', site(null, { id: 7 }), /^an id has/],
  ])('%s is refused in its row', (_, feature, why) => {
    expect(bring(collection(feature), EMPTY).said).toEqual([
      [1, expect.any(String), 'refused', expect.stringMatching(why)],
    ])
  })

  it('with a property named __proto__ makes nothing of it', () => {
    const text = JSON.stringify({ type: 'FeatureCollection', features: [site(null)] })
    const read = readGeoJson(text.replace('"kind"', '"__proto__":{"department":"x"},"kind"'))
    expect(bring(read, EMPTY).said[0]?.[2]).toBe('refused')
  })
})
