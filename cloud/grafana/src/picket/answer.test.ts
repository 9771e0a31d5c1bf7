import { beforeEach, describe, expect, it } from 'vitest'
import { answer } from './answer.ts'
import { choicesFor } from './choices.ts'
import { Refusal } from './client.ts'
import type { Frame } from './frame.ts'
import { readChoiceQuery, readQuery } from './query.ts'
import { readSeries } from './readings.ts'
import { alarm, device, FakeCloud, HOUR, NOW, point } from './testing/fake-cloud.ts'

let cloud: FakeCloud
beforeEach(() => {
  cloud = new FakeCloud()
  cloud.devices = [
    device('crack-1', 'slope', ['width', 'temperature']),
    device('gauge-1', 'river', ['level']),
  ]
  for (const series of ['crack-1/width', 'crack-1/temperature', 'gauge-1/level'])
    cloud.points.set(series, [point(NOW - 2 * HOUR, 1), point(NOW - HOUR, 2)])
})

const ask = (query: object, values?: Record<string, unknown>): Promise<Frame[]> =>
  answer(readQuery(query), cloud.context(values))
const column = (frame: Frame | undefined, name: string) =>
  frame?.fields.find(field => field.name === name)?.values
const seriesAsked = (): string[] =>
  cloud.asked
    .filter(({ pathname }) => pathname.endsWith('/series'))
    .map(({ searchParams }) => `${searchParams.get('device')}/${searchParams.get('quantity')}`)

describe('readings', () => {
  it('are one frame for each series, with name, unit and labels', async () => {
    const frames = await ask({ devices: ['crack-1'], quantities: ['width'] })
    expect(frames).toHaveLength(1)
    expect(column(frames[0], 'time')).toEqual([NOW - 2 * HOUR, NOW - HOUR])
    expect(frames[0]?.fields[1]).toMatchObject({
      values: [1, 2],
      labels: { device: 'crack-1', quantity: 'width' },
      config: { displayNameFromDS: 'crack-1 · the width', unit: 'lengthmm' },
    })
  })

  it.each([
    [{}, {}, ['crack-1/width', 'crack-1/temperature', 'gauge-1/level']],
    [{ sites: ['$site'] }, { site: 'river' }, ['gauge-1/level']],
    [{ sites: ['$site'] }, { site: [] }, []],
    [
      { devices: ['$device'], quantities: ['width', 'level'] },
      { device: ['crack-1', 'gauge-1'] },
      ['crack-1/width', 'gauge-1/level'],
    ],
    // A gateway is no device of the list, but has series.
    [{ devices: ['gw-1'], quantities: ['outbox_age'] }, {}, ['gw-1/outbox_age']],
  ])('%j with %j asks for %j', async (query, values, wanted) => {
    cloud.points.set('gw-1/outbox_age', [])
    await ask(query, values)
    expect(seriesAsked()).toEqual(wanted)
  })

  it('that do not exist are left out, but where none exists', async () => {
    expect(await ask({ devices: ['crack-1', 'crack-9'], quantities: ['width'] })).toHaveLength(1)
    await expect(ask({ devices: ['crack-9'], quantities: ['width'] })).rejects.toThrow(
      'has no series "width"',
    )
    cloud.failure = new Refusal('busy', 'later')
    await expect(ask({ devices: ['crack-1'], quantities: ['width'] })).rejects.toThrow('later')
  })

  it('that failed are no values, and a silence is a hole', async () => {
    cloud.points.set('crack-1/width', [
      point(NOW - 20 * HOUR, 1),
      point(NOW - 19 * HOUR, 99, 4),
      point(NOW - 18 * HOUR, 2),
      point(NOW - 4 * HOUR, 3),
    ])
    const [frame] = await ask({ devices: ['crack-1'], quantities: ['width'] })
    expect(column(frame, 'value')).toEqual([1, 2, null, 3])
  })

  it('have the least and the greatest of a bucket where they are asked for', async () => {
    cloud.resolutionMs = HOUR
    cloud.points.set('crack-1/width', [{ ...point(NOW - HOUR, 2), min: 1, max: 5 }])
    const [frame] = await ask({ devices: ['crack-1'], quantities: ['width'], band: true })
    expect(['min', 'value', 'max'].map(name => column(frame, name))).toEqual([[1], [2], [5]])
  })

  it.each([
    [undefined, 'auto'],
    ['raw', 'raw'],
    ['10m', '10m'],
    ['panel', '60000ms'],
  ])('of resolution %s ask for %s', async (resolution, wanted) => {
    await ask({ devices: ['crack-1'], quantities: ['width'], resolution })
    expect(cloud.asked.at(-1)?.searchParams.get('resolution')).toBe(wanted)
  })

  it('come in pages, up to a bound that is told', async () => {
    cloud.points.set(
      'crack-1/width',
      Array.from({ length: 12 }, (_, n) => point(NOW - 12 * HOUR + n * HOUR, n)),
    )
    cloud.pageSize = 4
    const query = { devices: ['crack-1'], quantities: ['width'] }
    expect(column((await ask(query))[0], 'value')).toHaveLength(12)
    cloud.pageSize = 2
    const [frame] = await ask(query)
    expect(column(frame, 'value')).toHaveLength(10)
    expect(frame?.meta.notices?.[0]?.text).toMatch(/too many readings/)
  })

  it('of more series than anybody tells apart are cut, and it is told', async () => {
    cloud.devices = Array.from({ length: 101 }, (_, n) => device(`d${n}`, 'slope', ['width']))
    for (const { id } of cloud.devices) cloud.points.set(`${id}/width`, [point(NOW - HOUR, 1)])
    const frames = await ask({})
    expect(frames).toHaveLength(100)
    expect(frames[0]?.meta.notices?.[0]?.text).toBe('the first 100 of 101 series are shown')
    const { notices } = await readSeries(readQuery({}), { ...cloud.context(), language: 'zh' })
    expect(notices[0]?.text).toBe('共 101 个序列，仅显示前 100 个')
  })

  it('show what rules compare them with', async () => {
    cloud.thresholds = [
      { rule: 'r', level: 'red', value: 9 },
      { rule: 'r', level: 'yellow', value: 3 },
    ]
    const [frame] = await ask({ devices: ['crack-1'], quantities: ['width'] })
    expect(frame?.fields[1]?.config.thresholds?.steps.slice(1)).toEqual([
      { value: 3, color: 'yellow' },
      { value: 9, color: 'red' },
    ])
  })
})

describe('alarms', () => {
  beforeEach(() => {
    cloud.alarms = [
      alarm('runs', NOW - 3 * HOUR, { message: { en: '<b>5 & 6</b>', zh: '' } }),
      alarm('over', NOW - 9 * HOUR, {
        clearedAt: NOW - 8 * HOUR,
        acknowledgedAt: NOW - 9 * HOUR + 60_000,
        level: 'red',
        highestLevel: 'red',
        site: 'river',
        device: null,
        state: 'normal',
      }),
      alarm('found', NOW - 9 * HOUR, { clearedAt: NOW - 8 * HOUR, retrospective: true }),
      alarm('before', NOW - 99 * HOUR, { clearedAt: NOW - 98 * HOUR }),
    ]
  })

  it('are a table of the episodes within the span', async () => {
    const [frame] = await ask({ kind: 'alarms' })
    expect(column(frame, 'id')).toEqual(['runs', 'over', 'found'])
    expect(column(frame, 'cleared')).toEqual([null, NOW - 8 * HOUR, NOW - 8 * HOUR])
    expect(column(frame, 'state')?.[0]).toBe('unacknowledged')
  })

  it.each([
    [{ sites: ['river'] }, ['over']],
    [{ sites: ['river', 'slope'] }, ['runs', 'over', 'found']],
    [{ devices: ['crack-1'] }, ['runs', 'found']],
    [{ levels: ['red'] }, ['over']],
  ])('for %j are %j', async (filter, wanted) => {
    expect(column((await ask({ kind: 'alarms', ...filter }))[0], 'id')).toEqual(wanted)
  })

  it('that are active or wait for an operator are shown though their time is not', async () => {
    const [frame] = await ask({ kind: 'alarms', state: 'open' })
    expect(column(frame, 'id')).toContain('before')
    expect(cloud.asked.at(-1)?.search).toBe('?state=open&limit=1000')
  })

  it('are regions over charts, and their words are text', async () => {
    const [frame] = await ask({ kind: 'annotations' })
    expect(column(frame, 'time')).toEqual([NOW - 3 * HOUR, NOW - 9 * HOUR, NOW - 9 * HOUR])
    expect(column(frame, 'timeEnd')).toEqual([NOW, NOW - 8 * HOUR, NOW - 8 * HOUR])
    expect(column(frame, 'text')?.[0]).toBe('&lt;b&gt;5 &amp; 6&lt;/b&gt;')
    expect(column(frame, 'tags')?.[2]).toEqual(['orange', 'slope', 'crack-1', 'retrospective'])
  })

  it('are counted by level over time; what was only found to have been is no load', async () => {
    const [frame] = await ask({ kind: 'alarm-load' })
    const sum = (level: string) => (column(frame, level) as number[]).reduce((a, b) => a + b, 0)
    expect(['blue', 'yellow', 'orange', 'red'].map(sum)).toEqual([0, 0, 1, 1])
    const times = column(frame, 'time') as number[]
    expect(times[(column(frame, 'red') as number[]).indexOf(1)]).toBe(NOW - 9 * HOUR)
    expect([times[0], times.length]).toEqual([NOW - 24 * HOUR, 144])
  })

  it.each([
    ['rule', ['High'], [2]],
    ['device', ['crack-1', 'river'], [1, 1]],
    ['site', ['slope', 'river'], [1, 1]],
  ])('are counted by %s', async (by, names, counts) => {
    const [frame] = await ask({ kind: 'alarm-load', by })
    expect(column(frame, by)).toEqual(names)
    expect(column(frame, 'count')).toEqual(counts)
  })

  it('have the measures of ISA-18.2, beside what is bearable', async () => {
    cloud.load = {
      perDay: 200,
      overloadedShare: 0.5,
      chattering: [{}],
      targets: { perDay: 144, overloadedShare: 0.01 },
    }
    const [frame] = await ask({ kind: 'alarm-load', by: 'measures' })
    const row = (index: number) => ['measure', 'is', 'atMost'].map(name => column(frame, name)?.[index])
    expect(row(0)).toEqual(['Alarms a day', 200, 144])
    expect(row(2)).toEqual(['Ten minutes with more than ten, %', 50, 1])
    expect(row(5)).toEqual(['Chattering alarms', 1, null])
  })

  it('tell how long they lasted and how long nobody acknowledged them', async () => {
    const [frame] = await ask({ kind: 'alarm-load', by: 'rule' })
    expect(column(frame, 'active')).toEqual([4 * HOUR])
    expect(column(frame, 'toAcknowledge')).toEqual([60_000])
  })

  it('come in pages, each once, though many have one onset', async () => {
    cloud.alarms = Array.from({ length: 2500 }, (_, n) => alarm(`a${n}`, NOW - HOUR - Math.floor(n / 7)))
    expect(new Set(column((await ask({ kind: 'alarms' }))[0], 'id')).size).toBe(2500)
    cloud.alarms = Array.from({ length: 1500 }, (_, n) => alarm(`a${n}`, NOW - 1))
    const [frame] = await ask({ kind: 'alarms' })
    expect(column(frame, 'id')).toHaveLength(1000)
    expect(frame?.meta.notices?.[0]?.text).toMatch(/left out/)
  })
})

describe('gateways', () => {
  const gateway = (id: string, site: string, status: Record<string, number>) =>
    ({
      id,
      site,
      connected: true,
      lastSeen: NOW,
      status,
      instance: 'i',
      conflict: false,
      guard: null,
    }) as never

  it('are a table with what they reported', async () => {
    cloud.gateways = [gateway('gw-1', 'slope', { outbox_age: 3 }), gateway('gw-2', 'river', { disk_free: 9 })]
    const [frame] = await ask({ kind: 'gateways' })
    expect(column(frame, 'gateway')).toEqual(['gw-1', 'gw-2'])
    expect(column(frame, 'outbox_age')).toEqual([3, null])
    expect(column((await ask({ kind: 'gateways', sites: ['river'] }))[0], 'gateway')).toEqual(['gw-2'])
    expect(column((await ask({ kind: 'gateways', devices: ['$g'] }, { g: 'gw-1' }))[0], 'gateway')).toEqual([
      'gw-1',
    ])
  })
})

describe('variables', () => {
  it.each([
    [{ choices: 'sites' }, ['slope', 'river']],
    [{ choices: 'devices', sites: ['$site'] }, ['gauge-1']],
    [{ choices: 'quantities', sites: [], devices: ['crack-1'] }, ['width', 'temperature']],
    [{ choices: 'gateways' }, []],
  ])('%j may be %j', async (query, wanted) => {
    const choices = await choicesFor(readChoiceQuery(query), cloud.context({ site: 'river' }))
    expect(choices.map(({ value }) => value)).toEqual(wanted)
  })

  it('have names in the language of whoever looks', async () => {
    const choices = await choicesFor(readChoiceQuery({}), { ...cloud.context(), language: 'zh' })
    expect(choices[0]).toEqual({ text: 'slope站', value: 'slope' })
  })
})
