import { lstatSync, mkdirSync, readFileSync, renameSync, rmdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { registry, SteppedCloud } from '../alarms/stepped-cloud.ts'
import { eventually } from '../support/api-client.ts'

interface Imported {
  written: boolean
  report: { row: number; id: string; outcome: string; note?: string }[]
}

let cloud: SteppedCloud
const file = () => join(cloud.folder, 'registry.yaml')

beforeAll(async () => {
  cloud = await SteppedCloud.start(
    { notify: { channels: [] } },
    {
      'registry.yaml': `# by hand\n${registry([{ id: 'g1', model: 'crack-meter' }])}`,
      secret: 'secret-of-gw-1',
    },
  )
})
afterAll(() => cloud?.remove())

const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${cloud.api.base}/api/v1/${path}`, {
    ...init,
    headers: { ...cloud.api.authorization, ...init.headers },
  })
const bring = (body: string, query = '', type = 'text/csv'): Promise<Response> =>
  ask(`registry/import${query}`, { method: 'POST', body, headers: { 'content-type': type } })
const devices = async (): Promise<string[]> =>
  (await cloud.api.get<{ devices: { id: string }[] }>('/devices')).devices.map(({ id }) => id)

it('the registry is given out as a table and as a map, without where passwords lie', async () => {
  const csv = await ask('registry?format=csv')
  expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
  const table = await csv.text()
  expect(table).toMatch(/\r\ngateway,gw-1,.*\r\ndevice,g1,/)
  expect(table).not.toContain('secret')
  const map = await ask('registry?format=geojson')
  expect(map.headers.get('content-type')).toBe('application/geo+json; charset=utf-8')
  expect(((await map.json()) as { features: object[] }).features).toHaveLength(3)
})

it('rows are brought in: first only told, then written, row by row, and taken by the cloud', async () => {
  const table =
    'kind,id,model,site,gateways\ndevice,g2,crack-meter,s,gw-1\ndevice,g3,crack-meter,nowhere,gw-1\n'
  const before = readFileSync(file(), 'utf8')
  const report = [
    { row: 2, id: 'g2', outcome: 'added' },
    { row: 3, id: 'g3', outcome: 'refused', note: 'device "g3" stands at the unknown site "nowhere"' },
  ]
  const told = (await (await bring(table)).json()) as Imported
  expect(told).toEqual({ written: false, report })
  expect(readFileSync(file(), 'utf8')).toBe(before)
  const done = (await (await bring(table, '?write=true')).json()) as Imported
  expect(done).toEqual({ written: true, report })
  expect(readFileSync(file(), 'utf8')).toContain('# by hand')
  await eventually(devices, ids => ids.includes('g2'))
  // The file is another one now, and is watched as the first was.
  const feature = {
    type: 'Feature',
    geometry: null,
    properties: { kind: 'device', id: 'g4', formerly: ['g2'] },
  }
  const map = JSON.stringify({ type: 'FeatureCollection', features: [feature] })
  const renamed = (await (await bring(map, '?write=true', 'application/geo+json')).json()) as Imported
  expect(renamed.report).toEqual([{ row: 1, id: 'g4', outcome: 'changed', note: 'it was g2' }])
  await eventually(devices, ids => ids.includes('g4'))
})

it.each<[string, string, string, number, RegExp]>([
  [
    'what a rule has against it',
    'kind,id,parameters\ndevice,g1,"{""depth"":1}"',
    'text/csv',
    422,
    /g1.*sets.*depth/,
  ],
  ['a gateway without its password', 'kind,id,passwordFile\ngateway,gw-2,none', 'text/csv', 422, /gw-2/],
  ['another kind of body', '{}', 'application/json', 415, /text\/csv/],
  ['a table of 9 MB', 'x'.repeat(9_000_000), 'text/csv', 413, /8 MB/],
])('refused as a whole: %s', async (_, body, type, status, words) => {
  const before = readFileSync(file(), 'utf8')
  const reply = await bring(body, '?write=true', type)
  expect(reply.status).toBe(status)
  expect(await reply.text()).toMatch(words)
  expect(readFileSync(file(), 'utf8')).toBe(before)
})

it('a file that cannot be written is named', async () => {
  mkdirSync(`${file()}.new`)
  const reply = await bring('kind,id,tags\ndevice,g1,wall\n', '?write=true')
  rmdirSync(`${file()}.new`)
  expect(reply.status).toBe(409)
  expect(await reply.text()).toMatch(/registry\.yaml cannot be written \(EISDIR\).*picket-devices/)
})

it('a link to the registry stays one: what it leads to is written', async () => {
  const target = join(cloud.folder, 'versioned.yaml')
  renameSync(file(), target)
  symlinkSync('versioned.yaml', file())
  const reply = await bring('kind,id,tags\ndevice,g1,behind-a-link\n', '?write=true')
  expect(await reply.json()).toMatchObject({ written: true })
  expect(lstatSync(file()).isSymbolicLink()).toBe(true)
  expect(readFileSync(target, 'utf8')).toContain('behind-a-link')
})
