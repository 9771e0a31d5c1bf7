import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GatewayClient, token } from '../support/gateway-client.ts'
import { picketRules } from '../support/picket-rules.ts'
import { registry, SteppedCloud } from './stepped-cloud.ts'

const PASSWORD = 'a gateway password'
const PACK = `pack: river
rules:
  - id: high
    name: { en: High water, zh: 高水位 }
    message: { en: "{device}: {stage} m", zh: "{device}：{stage} m" }
    select: { model: water-level-gauge }
    features: { stage: level }
    levels:
      orange: { when: stage > 3, until: stage < 2 }
    latch: true
`

describe('picket-rules flag and reset at a running cloud', () => {
  let cloud: SteppedCloud
  let alarm: string
  let flag: string
  const run = (...args: string[]) => picketRules(cloud.api, ...args)

  beforeAll(async () => {
    cloud = await SteppedCloud.start(
      { rules: ['pack.yaml'] },
      {
        'registry.yaml': registry([{ id: 'g1', model: 'water-level-gauge' }]),
        'pack.yaml': PACK,
        secret: PASSWORD,
      },
    )
    const gateway = await GatewayClient.connect({ url: cloud.mqttUrl, gateway: 'gw-1', password: PASSWORD })
    await gateway.greet()
    const now = cloud.clock.now()
    const records = [{ device: 'g1', quantity: 'level', t: now, v: 4, q: 2 }]
    await gateway.deliver({ epoch: token(), firstSeq: 0, records })
    gateway.end()
    alarm = (await cloud.api.alarms())[0]?.id as string
  })
  afterAll(() => cloud.remove())

  const why = ['--reason', 'the crew is there']
  const shelve = ['flag', 'set', 'shelved', '--rule', 'high', '--device', 'g1', '--for', '2h', ...why]
  const maintain = ['flag', 'set', 'maintenance', '--site', 's', '--for', '1d', ...why]

  it('flag set answers with the flag', async () => {
    const { code, out, errors } = await run(...shelve)
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    const [id, ...rest] = out.trimEnd().split('\t')
    flag = id as string
    expect(rest).toEqual([
      'shelved',
      'in-force',
      'rule high, device g1',
      '2026-07-01T08:00:00.000Z to 2026-07-01T10:00:00.000Z',
      'token admin',
      'the crew is there',
    ])
  })

  it('explain says what keeps the alarm back', async () => {
    expect((await run('explain', alarm)).out).toContain(
      `nobody is told now: shelved until 2026-07-01T10:00:00Z (flag ${flag})`,
    )
  })

  it('flag list says what is in force and planned', async () => {
    await run(...maintain, '--from', '2026-07-02T16:00+08:00')
    expect((await run('flag', 'list')).out).toMatch(
      /^\w+\tshelved\tin-force.*\n\w+\tmaintenance\tplanned\tsite s\t2026-07-02T08:00:00\.000Z to 2026-07-03/,
    )
  })

  it('flag end answers with what is over', async () => {
    expect((await run('flag', 'end', flag)).out).toContain(`${flag}\tshelved\tpast\t`)
  })

  it('reset says what cannot be reset', async () => {
    const { code, errors } = await run('reset', alarm)
    expect(code).toBe(1)
    expect(errors).toMatch(/does not wait for a reset \(only an alarm/)
  })
})
