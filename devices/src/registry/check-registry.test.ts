import { describe, expect, it } from 'vitest'
import { type DeviceModel, readModel } from '../model.ts'
import { readRegistry } from './check-registry.ts'
import { Identities } from './identities.ts'
import { polygonFault } from './polygon.ts'

const model = readModel(
  `model: weir
name: { en: Weir, zh: 堰 }
interval: 5m
quantities:
  head: { name: { en: Head, zh: 水头 }, unit: m, source: none }
  flow: { name: { en: Flow, zh: 流量 }, unit: m3/s, source: none }
conversions:
  flow: { by: notch-weir, from: { head: head }, within: 5m }
`,
  'weir.yaml',
)
const models = new Map([['weir', (model as { model: DeviceModel }).model]])

const REGISTRY = `sites:
  - id: dam
    name: { en: Dam, zh: 大坝 }
    camera: https://cameras.example/dam
    polygon:
      - { lat: 30, lon: 110 }
      - { lat: 30, lon: 111 }
      - { lat: 31, lon: 111 }
      - { lat: 30, lon: 110 }
gateways:
  - { id: gw, site: dam, passwordFile: gw.secret }
devices:
  - id: weir-1
    formerly: [w1, w-one]
    identifiers:
      - { scheme: serial, value: "0042" }
      - { scheme: imei, value: "861234567890123" }
    model: weir
    site: dam
    gateways: [gw]
    location: { lat: 30.5, lon: 110.5, altitudeM: 820 }
    installed: { date: 2026-02-28, depthM: 1.2, orientationDeg: 45, by: Li Wei }
    calibration: { flow: { coefficient: 0.58, angle: 90 } }
  - id: weir-2
    identifiers: [{ scheme: provincial-code, value: "0042" }]
    model: weir
    site: dam
    gateways: [gw]
`

function check(change?: [from: string, to: string]): string[] {
  const text = change ? REGISTRY.replace(...change) : REGISTRY
  expect(change === undefined || text !== REGISTRY).toBe(true)
  const read = readRegistry(text, 'r.yaml', models)
  return 'faults' in read ? read.faults.map(({ line, message }) => `${line}: ${message}`) : []
}

describe('a registry', () => {
  it('may hold all that is known of a place and its devices', () => {
    expect(check()).toEqual([])
  })

  it.each<[string, string, string]>([
    ['id: weir-2', 'id: weir-1', '24: "weir-1" is there twice: it is device "weir-1" already'],
    ['id: weir-2', 'id: w1', '14: "w1" is there twice: it is device "w1" already'],
    ['id: weir-2', 'id: gw', '24: "gw" is there twice: it is gateway "gw" already'],
    ['[w1, w-one]', '[w1, w1]', '14: "w1" is there twice: it is the former id of "weir-1" already'],
    ['[w1, w-one]', '[weir-1]', '14: "weir-1" is there twice: it is device "weir-1" already'],
    [
      '{ id: gw, site: dam,',
      '{ id: gw, site: dam, formerly: [w1],',
      '14: "w1" is there twice: it is the former id of "gw" already',
    ],
    ['provincial-code, value', 'serial, value', '25: serial:0042 is there twice: "weir-1" has it already'],
    ['value: "0042" }]', 'value: w1 }]', '25: provincial-code:w1 is the id of another device'],
    ['angle: 90', 'angle: 180', '23: device "weir-1": calibration: angle is 180, not from 1 to 179 deg'],
    ['angle: 90', 'width: 1', '23: device "weir-1": calibration: angle [deg] is missing'],
    ['{ flow:', '{ head:', '23: device "weir-1": calibration: the model computes no head'],
    ['2026-02-28', '2026-02-30', '22: "weir-1": 2026-02-30 is no day of the calendar'],
    ['site: dam, pass', 'site: lake, pass', '11: gateway "gw" stands at the unknown site "lake"'],
    [
      '    gateways: [gw]\n    loc',
      '    gateways: [gw, gx]\n    loc',
      '20: device "weir-1" names the unknown gateway "gx"',
    ],
    ['https:', 'http:', '4: camera: it must be an https address'],
    ['https://cam', 'https://me:pw@cam', '4: camera: an address must not hold credentials'],
    ['/dam', '/dam?token=1', '4: camera: an address must not hold credentials: token'],
    ['lat: 31, lon: 111', 'lat: 91, lon: 111', '8: sites.0.polygon.2.lat must be <= 90'],
    ['lat: 31, lon: 111', 'lat: 30, lon: 112', '5: polygon: it crosses itself: edge 1 meets edge 3'],
  ])('%s -> %s is a fault at its line', (from, to, fault) => {
    expect(check([from, to])).toContain(fault)
  })

  it('takes ids that are names of prototypes as any other', () => {
    const named = REGISTRY.replace('id: weir-2', 'id: __proto__').replace(
      '[w1, w-one]',
      '[constructor, toString]',
    )
    const read = readRegistry(named, 'r.yaml', models)
    const registry = 'registry' in read ? read.registry : undefined
    expect(registry?.devices.map(({ id }) => id)).toEqual(['weir-1', '__proto__'])
    const identities = new Identities(registry as NonNullable<typeof registry>)
    expect(identities.find('constructor')).toMatchObject({ id: 'weir-1' })
    expect(identities.find('__proto__')).toMatchObject({ id: '__proto__' })
    expect(identities.find('hasOwnProperty')).toBeUndefined()
  })
})

describe('a name in a message', () => {
  const device = (id: string, more: object = {}) => ({
    id,
    model: 'weir',
    site: 's',
    gateways: ['gw'],
    ...more,
  })
  const identities = new Identities({
    sites: [],
    gateways: [],
    devices: [
      device('a', { formerly: ['old'], identifiers: [{ scheme: 'serial', value: '7' }] }),
      device('b', { identifiers: [{ scheme: 'platform', value: '7' }], gateways: ['gx'] }),
      device('c', {
        identifiers: [
          { scheme: 'platform', value: '8' },
          { scheme: 'serial', value: '9' },
        ],
      }),
      device('d', { identifiers: [{ scheme: 'serial', value: '8' }] }),
    ],
  })
  const meant = (name: string, gateway?: string) => {
    const found = identities.find(name, gateway)
    return typeof found === 'object' ? found.id : found
  }

  it.each<[string, string | undefined, string | undefined]>([
    ['a', 'gw', 'a'],
    ['old', 'gw', 'a'],
    ['9', 'gw', 'c'],
    ['serial:9', 'gw', 'c'],
    ['7', 'gw', 'a'],
    ['7', 'gx', 'b'],
    ['7', undefined, 'ambiguous'],
    ['8', 'gw', 'ambiguous'],
    ['serial:8', 'gw', 'd'],
    ['10', 'gw', undefined],
  ])('%s through %s means %s', (name, gateway, device) => {
    expect(meant(name, gateway)).toBe(device)
  })
})

describe('an outline', () => {
  const points = (...pairs: [lat: number, lon: number][]) => pairs.map(([lat, lon]) => ({ lat, lon }))
  it.each<[string, [number, number][], RegExp | undefined]>([
    [
      'a square',
      [
        [0, 0],
        [0, 1],
        [1, 1],
        [1, 0],
        [0, 0],
      ],
      undefined,
    ],
    [
      'one with a bay',
      [
        [0, 0],
        [0, 2],
        [2, 2],
        [1, 1],
        [2, 0],
        [0, 0],
      ],
      undefined,
    ],
    [
      'one with a point on an edge',
      [
        [0, 0],
        [0, 1],
        [0, 2],
        [2, 2],
        [0, 0],
      ],
      undefined,
    ],
    [
      'too few points',
      [
        [0, 0],
        [0, 1],
        [0, 0],
      ],
      /3 points/,
    ],
    [
      'an open one',
      [
        [0, 0],
        [0, 1],
        [1, 1],
        [1, 0],
      ],
      /not closed/,
    ],
    [
      'a bow tie',
      [
        [0, 0],
        [1, 1],
        [0, 1],
        [1, 0],
        [0, 0],
      ],
      /edge 1 meets edge 3/,
    ],
    [
      'one that touches itself',
      [
        [0, 0],
        [0, 2],
        [2, 2],
        [0, 1],
        [2, 0],
        [0, 0],
      ],
      /edge 1 meets edge 3/,
    ],
    [
      'one that goes back on itself',
      [
        [0, 0],
        [0, 2],
        [0, 1],
        [1, 1],
        [0, 0],
      ],
      /edge 1 meets edge 2/,
    ],
    [
      'a line',
      [
        [0, 0],
        [0, 2],
        [0, 0],
        [0, 2],
        [0, 0],
      ],
      /crosses itself/,
    ],
    [
      'a point twice',
      [
        [0, 0],
        [0, 1],
        [0, 1],
        [1, 1],
        [0, 0],
      ],
      /point 3 is there twice/,
    ],
    [
      'one over the date line',
      [
        [0, 179],
        [0, -179],
        [1, -179],
        [0, 179],
      ],
      /half of the Earth/,
    ],
  ])('%s', (_, pairs, fault) => {
    const found = polygonFault(points(...pairs))
    if (fault) expect(found).toMatch(fault)
    else expect(found).toBeUndefined()
  })
})
