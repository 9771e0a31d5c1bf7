import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/api-client.ts'
import { registry, SteppedCloud } from './stepped-cloud.ts'

const MINUTE = 60_000
const GAUGE = { id: 'gauge-1', model: 'water-level-gauge' }
const SECRET = { secret: 'a gateway password' }

describe('alarms of a cloud with the shipped rules', () => {
  let cloud: SteppedCloud
  afterEach(() => cloud.remove())

  const active = async (rule: string) =>
    (await cloud.api.alarms('state=active')).filter(alarm => alarm.rule.startsWith(rule))

  it('tell of a sensor and of a gateway that say nothing', async () => {
    cloud = await SteppedCloud.start({}, { 'registry.yaml': registry([GAUGE]), ...SECRET })
    await cloud.advance(2 * MINUTE)
    expect(await cloud.api.alarms()).toEqual([])
    await cloud.advance(60 * MINUTE, MINUTE)
    const silent = await eventually(
      () => active('silent'),
      alarms => alarms.length === 2,
    )
    expect(silent.map(({ device, level }) => `${device} ${level}`).sort()).toEqual([
      'gauge-1 yellow',
      'gw-1 orange',
    ])
  })

  it('count the silence of a sensor that sleeps from its own schedule', async () => {
    const sleeper = { id: 'gauge-2', model: 'water-level-gauge', interval: '6h' }
    cloud = await SteppedCloud.start({}, { 'registry.yaml': registry([GAUGE, sleeper]), ...SECRET })
    const silentGauges = async () =>
      (await active('silent')).map(({ device }) => device).filter(id => id !== 'gw-1')
    await cloud.advance(60 * MINUTE, MINUTE)
    expect(await silentGauges()).toEqual(['gauge-1'])
    await cloud.advance(58 * 60 * MINUTE, 60 * MINUTE)
    expect(await silentGauges()).toEqual(['gauge-1'])
    await cloud.advance(3 * 60 * MINUTE, 30 * MINUTE)
    expect((await silentGauges()).sort()).toEqual(['gauge-1', 'gauge-2'])
  }, 60_000)

  it('tell of a notification that cannot be delivered, which goes out when it can', async () => {
    const keys: string[] = []
    let accepts = false
    const receiver = createServer((request, response) => {
      if (accepts) keys.push(request.headers['idempotency-key'] as string)
      response.writeHead(accepts ? 204 : 503).end()
    })
    await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/duty`
    cloud = await SteppedCloud.start(
      { notify: { channels: [{ name: 'duty', url }] } },
      { 'registry.yaml': registry([GAUGE]), ...SECRET },
    )
    try {
      const undelivered = await eventually(
        async () => {
          await cloud.advance(MINUTE)
          return active('notification')
        },
        alarms => alarms.length > 0,
      )
      expect(undelivered[0]).toMatchObject({ device: 'picket-cloud', level: 'orange' })
      accepts = true
      const over = await eventually(
        async () => {
          await cloud.advance(MINUTE)
          return active('notification')
        },
        alarms => alarms.length === 0,
      )
      expect(over).toEqual([])
      // At least once: a key may come again, and then it is the same notification.
      expect(keys.length).toBeGreaterThan(0)
      expect(keys.every(key => key.endsWith('-duty'))).toBe(true)
    } finally {
      receiver.close()
    }
  })
})

describe('a rule file that changes', () => {
  const pack = (limit: string): string => `pack: test
rules:
  - id: high
    name: { en: High, zh: 高 }
    message: { en: x, zh: x }
    select: { model: water-level-gauge }
    features: { stage: level }
    levels:
      red: { when: "stage > ${limit}" }
`
  let cloud: SteppedCloud
  afterEach(() => cloud.remove())

  interface Rules {
    revision: string
    faults: string[]
    unknownChannels: string[]
    rules: { levels: { when: string }[] }[]
  }
  const rules = () => cloud.api.get<Rules>('/rules')

  it('is taken up when it is right; when it is wrong the old set stays, and says why', async () => {
    const files = { 'registry.yaml': registry([GAUGE]), 'pack.yaml': pack('3'), ...SECRET }
    cloud = await SteppedCloud.start({ rules: ['pack.yaml'] }, files)
    const first = await rules()
    expect(first.rules[0]?.levels[0]?.when).toBe('stage > 3')

    writeFileSync(join(cloud.folder, 'pack.yaml'), pack('4'))
    const second = await eventually(rules, ({ revision }) => revision !== first.revision)
    expect(second.rules[0]?.levels[0]?.when).toBe('stage > 4')

    writeFileSync(join(cloud.folder, 'pack.yaml'), pack('colour'))
    const third = await eventually(rules, ({ faults }) => faults.length > 0)
    expect(third.faults[0]).toMatch(/pack\.yaml:9: .*colour/)
    expect(third.revision).toBe(second.revision)
  })

  it('names a channel that the cloud lacks: the rule is in force, and it is said, unless there is no channel at all', async () => {
    const notifying = pack('3').replace('levels:', 'notify: [dutty]\n    levels:')
    const files = { 'registry.yaml': registry([GAUGE]), 'pack.yaml': notifying, ...SECRET }
    const duty = { name: 'duty', url: 'http://127.0.0.1:9/duty' }
    cloud = await SteppedCloud.start({ rules: ['pack.yaml'], notify: { channels: [duty] } }, files)
    expect(await rules()).toMatchObject({
      faults: [],
      unknownChannels: ['rule high notifies "dutty", which is no channel of the cloud (duty)'],
      rules: [{ levels: [{ when: 'stage > 3' }] }],
    })
    await cloud.remove()
    cloud = await SteppedCloud.start({ rules: ['pack.yaml'] }, files)
    expect(await rules()).toMatchObject({ unknownChannels: [] })
  })
})
