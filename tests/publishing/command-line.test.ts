import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registry, SteppedCloud } from '../alarms/stepped-cloud.ts'
import { GatewayClient, token } from '../support/gateway-client.ts'
import { picketRules } from '../support/picket-rules.ts'

const PASSWORD = 'a gateway password'
const MINUTE_MS = 60_000

const pack = (limit: number): string => `pack: river
rules:
  - id: high
    name: { en: High water, zh: 高水位 }
    message: { en: "{device}: {stage} m", zh: "{device}：{stage} m" }
    select: { model: water-level-gauge }
    features: { stage: level, usual: "mean(level, 1h)" }
    levels:
      yellow: { when: stage > ${limit}, until: stage < 2, for: 10m, clearFor: 5m }
      red: { when: usual > 5 }
`

describe('picket-rules at a running cloud', () => {
  let cloud: SteppedCloud
  let gateway: GatewayClient
  const epoch = token()
  let next = 0
  const run = (...args: string[]) => picketRules(cloud.api, ...args)
  const minutes = async (values: readonly number[]): Promise<void> => {
    for (const v of values) {
      await cloud.advance(MINUTE_MS, MINUTE_MS)
      const records = [{ device: 'g1', quantity: 'level', t: cloud.clock.now(), v, q: 2 }]
      await gateway.deliver({ epoch, firstSeq: next++, records })
    }
  }

  beforeAll(async () => {
    cloud = await SteppedCloud.start(
      { rules: ['pack.yaml'] },
      {
        'registry.yaml': registry([{ id: 'g1', model: 'water-level-gauge' }]),
        'pack.yaml': pack(3),
        'new.yaml': pack(4),
        'broken.yaml': pack(4).replace('stage > 4', 'height > 4'),
        secret: PASSWORD,
      },
    )
    gateway = await GatewayClient.connect({ url: cloud.mqttUrl, gateway: 'gw-1', password: PASSWORD })
    await gateway.greet()
  })
  afterAll(async () => {
    gateway.end()
    await cloud.remove()
  })
  const file = (name: string) => join(cloud.folder, name)

  it('explain RULE DEVICE says what the rule waits for', async () => {
    await minutes([1, 3.5, 3.6])
    const { code, out } = await run('explain', 'high', 'g1')
    expect(code).toBe(0)
    expect(out).toBe(`rule high at g1, 2026-07-01T08:03:00Z: no alarm
  values: stage 3.6, usual unknown
  quality: level pass
  yellow: "stage > 3" holds since 2026-07-01T08:02:00Z; it must hold for 10m: at 2026-07-01T08:12:00Z
  red: "usual > 5" cannot be told: something in it is unknown
`)
  })

  it('explain RULE DEVICE says why it does not', async () => {
    expect(await run('explain', 'high', 'g2')).toMatchObject({
      code: 1,
      errors: 'the rule "high" does not watch "g2"\n',
    })
    expect(await run('explain', 'none', 'g1')).toMatchObject({
      code: 1,
      errors: 'there is no rule "none" in force\n',
    })
  })

  it('explain ALARM tells it from its first step to its last', async () => {
    await minutes(Array.from({ length: 10 }, () => 3.7))
    await cloud.advance(10_000)
    const [alarm] = await cloud.api.alarms()
    await cloud.api.post(`/alarms/${alarm?.id}/acknowledge`, { note: 'on my way' })
    await minutes(Array.from({ length: 7 }, () => 1))
    const { code, out } = await run('explain', alarm?.id as string)
    expect(code).toBe(0)
    const lines = out.split('\n')
    expect(lines[0]).toBe('g1: 3.7 m')
    expect(lines[1]).toBe(`alarm ${alarm?.id} of the rule high at g1: yellow, normal`)
    expect(lines[2]).toBe('what it is about began 2026-07-01T08:02:00Z')
    expect(lines.filter(line => /^20/.test(line))).toEqual([
      '2026-07-01T08:12:00Z raised yellow: a delay was over',
      '2026-07-01T08:13:10Z acknowledged yellow: token admin',
      '2026-07-01T08:19:10Z cleared: a delay was over',
    ])
    const [, raised, acknowledged, cleared] = out.split('\n\n')
    // Why it is yellow, why nobody was told, when it will end; and why it is not red yet.
    expect(raised).toBe(`2026-07-01T08:12:00Z raised yellow: a delay was over
  values: stage 3.7, usual unknown
  quality: level pass
  yellow: "stage > 3" holds since 2026-07-01T08:02:00Z; it must hold for 10m: at 2026-07-01T08:12:00Z
  yellow ends when "stage < 2" holds for 5m
  red: "usual > 5" cannot be told: something in it is unknown
  not told: the rule names nobody`)
    expect(acknowledged).toContain('\n  note: on my way\n')
    expect(cleared).toContain('\n  yellow: "stage > 3" does not hold\n')
  })

  it('propose and plan say what publishing would change', async () => {
    const proposed = await run('propose', file('new.yaml'), '--reason', 'too many')
    expect(proposed).toMatchObject({ code: 0, errors: '' })
    const plan = `~ high
    levels.yellow.when: stage > 3 -> stage > 4
0 rules stay as before
reset: high at g1: readings of before that come late are not judged again
no alarm begins or ends at once
`
    expect(proposed.out).toMatch(/^rule set 2 is proposed \(by .*: too many\)\n/)
    expect(proposed.out.endsWith(plan)).toBe(true)
    expect(await run('plan', '2')).toEqual({ code: 0, out: plan, errors: '' })
    expect(await run('plan', '7')).toMatchObject({ code: 1, errors: 'there is no rule set 7\n' })
    expect(await run('plan', 'x')).toMatchObject({ code: 2, out: '' })
  })

  it('shadow runs beside, reports what it does otherwise, and ends', async () => {
    expect(await run('shadow', 'report')).toMatchObject({ code: 0, out: 'no rule set runs in the shadow\n' })
    expect(await run('shadow', '2')).toMatchObject({ code: 2, errors: expect.stringMatching(/--reason/) })
    const begun = await run('shadow', '2', '--reason', 'to see')
    expect(begun).toMatchObject({ code: 0, out: expect.stringMatching(/^rule set 2 is shadow/) })
    const { code, out } = await run('shadow', 'report')
    expect(code).toBe(0)
    expect(out).toMatch(/^rule set 2 runs in the shadow since 2026-07-01T/)
    expect(out).toMatch(/episodes: 0 gained, 0 lost/)
    expect(await run('unshadow', '--reason', 'seen')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/is proposed/),
    })
    expect(await run('unshadow', '--reason', 'seen')).toMatchObject({
      code: 1,
      errors: 'no rule set runs in the shadow\n',
    })
  })

  it('publish, rollback and revisions', async () => {
    const published = await run('publish', '2', '--reason', 'agreed')
    expect(published.out).toMatch(/^~ high\n.*\nreset: high at g1: .*\nrule set 2 is live/s)
    const rolledBack = await run('rollback', '1', '--reason', 'worse')
    expect(rolledBack.out).toMatch(/^~ high\n.*\nrule set 1 is live/s)
    const { out } = await run('revisions')
    expect(out.split('\n').map(line => line.split('\t').slice(0, 3))).toMatchObject([
      ['2', 'past', expect.any(String)],
      ['1', 'live', 'files'],
      [''],
    ])
  })

  it('what does not compile is refused with file and line, and the token is read from a file', async () => {
    const refused = await run('propose', file('broken.yaml'), '--reason', 'x')
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.errors).toMatch(/broken\.yaml:9: .*height/)
    writeFileSync(file('token'), 'not the token of this cloud, but as long as one')
    expect(await run('revisions', '--token-file', file('token'))).toMatchObject({ code: 1, out: '' })
    expect(await run('revisions', '--token-file', file('none'))).toMatchObject({ code: 2, out: '' })
  })
})
