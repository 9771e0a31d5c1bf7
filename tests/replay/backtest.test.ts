import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Reading } from '@picket/devices'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registry, SteppedCloud } from '../alarms/stepped-cloud.ts'
import { GatewayClient, token } from '../support/gateway-client.ts'
import { ROOT } from '../support/installation.ts'
import { seededRandom } from '../support/random.ts'

const PASSWORD = 'a gateway password'
const MINUTE_MS = 60_000
const MINUTES = 500
const DEVICES = ['a', 'b', 'c', 'calm']

const pack = (limit: number): string => `pack: river
rules:
  - id: high
    name: { en: High water, zh: 高水位 }
    message: { en: "{device}: {stage} m", zh: "{device}：{stage} m" }
    select: { model: water-level-gauge }
    features: { stage: level, usual: "mean(level, 20m)" }
    parameters:
      limit: { value: ${limit}, unit: m, min: 0, max: 10, reason: test }
    levels:
      yellow: { when: stage > limit, until: stage < limit - 0.5, for: 3m, clearFor: 5m }
      red: { when: usual > 5 && stage > 5 }
    missing: { after: 20m, then: orange }
`

interface Found {
  candidate: { episodes: Episode[]; episodeCount: number }
  against: { episodeCount: number }
  changes: { gained: Episode[]; lost: unknown[]; moved: unknown[]; later: number }
}
interface Episode {
  id: string
  device: string
  onset: number
  raisedAt: number
  clearedAt: number | null
  highest: string
}
interface Recorded extends Omit<Episode, 'highest'> {
  highestLevel: string
}

describe('a backtest at a real cloud', () => {
  let cloud: SteppedCloud
  let gateway: GatewayClient
  let from: number
  const epoch = token()
  let next = 0

  const deliver = async (readings: Reading[]): Promise<void> => {
    await gateway.deliver({ epoch, firstSeq: next, records: readings })
    next += readings.length
  }
  const reading = (device: string, t: number, v: number): Reading => ({
    device,
    quantity: 'level',
    t,
    v: Math.round(v * 100) / 100,
    q: 2,
  })

  const backtest = async (body: object): Promise<Found> => {
    const answer = await fetch(`${cloud.api.base}/api/v1/backtests`, {
      method: 'POST',
      headers: { ...cloud.api.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ from, to: cloud.clock.now(), ...body }),
    })
    const last = (await answer.text()).trimEnd().split('\n').at(-1) as string
    return JSON.parse(last).result
  }
  const recorded = async () =>
    ((await cloud.api.alarms()) as unknown as Recorded[])
      .map(({ id, device, onset, raisedAt, clearedAt, highestLevel }) => ({
        ...{ id, device, onset, raisedAt, clearedAt },
        highest: highestLevel,
      }))
      .sort((a, b) => a.onset - b.onset || (a.device < b.device ? -1 : 1))
  const told = ({ candidate }: Found) =>
    candidate.episodes.map(({ id, device, onset, raisedAt, clearedAt, highest }) => ({
      ...{ id, device, onset, raisedAt, clearedAt },
      highest,
    }))

  beforeAll(async () => {
    cloud = await SteppedCloud.start(
      { rules: ['pack.yaml'] },
      {
        'registry.yaml': registry(DEVICES.map(id => ({ id, model: 'water-level-gauge' }))),
        'pack.yaml': pack(3),
        'other.yaml': pack(3.5),
        secret: PASSWORD,
      },
    )
    from = cloud.clock.now()
    gateway = await GatewayClient.connect({ url: cloud.mqttUrl, gateway: 'gw-1', password: PASSWORD })
    await gateway.greet()
    const random = seededRandom(5)
    for (let minute = 1; minute <= MINUTES; minute++) {
      await cloud.advance(MINUTE_MS, MINUTE_MS)
      const speaking = DEVICES.filter(id => !(id === 'calm' && minute > 200 && minute < 240))
      await deliver(
        speaking.map((id, index) =>
          reading(
            id,
            cloud.clock.now() - 1000,
            id === 'calm' ? 1 : 3 + 3 * Math.sin(minute / (13 + 9 * index)) + random(),
          ),
        ),
      )
    }
    await cloud.advance(MINUTE_MS)
  }, 60_000)
  afterAll(async () => {
    gateway.end()
    await cloud.remove()
  })

  it('of the rules in force finds what they did live: ids, onsets, raises, ends, levels', async () => {
    const live = await recorded()
    const found = await backtest({ candidate: 'live' })
    expect(live.length).toBeGreaterThan(8)
    expect(new Set(live.map(({ highest }) => highest))).toEqual(new Set(['yellow', 'orange', 'red']))
    expect(told(found)).toEqual(live)
  })

  it('what came too late to be judged live is judged in a backtest', async () => {
    const past = cloud.clock.now() - 60 * MINUTE_MS
    // Between the calm readings, so far back that no checkpoint of the engine reaches there.
    const late = Array.from({ length: 5 }, (_, minute) => past + minute * MINUTE_MS)
    await deliver(late.map(t => reading('calm', t, 9)))
    await cloud.advance(MINUTE_MS)
    expect((await recorded()).filter(({ device, onset }) => device === 'calm' && onset >= past)).toEqual([])
    // What is there lies a second before each of them: above for a minute less a second, then calm again.
    const found = await backtest({
      candidate: [{ file: 'now.yaml', text: pack(3).replace('for: 3m', 'for: 30s') }],
    })
    expect(told(found).filter(({ device, onset }) => device === 'calm' && onset >= past)).toMatchObject([
      { onset: past, highest: 'yellow' },
    ])
  })

  it('picket-rules asks the cloud, with the token from the environment', async () => {
    const args = ['backtest', join(cloud.folder, 'other.yaml'), '--against', 'live', '--json']
    const time = (t: number): string => new Date(t).toISOString()
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        ...[join(ROOT, 'rules', 'src', 'main.ts'), ...args, '--url', cloud.api.base],
        ...['--from', time(from), '--to', time(from + MINUTES * MINUTE_MS)],
      ],
      {
        env: { ...process.env, PICKET_TOKEN: cloud.api.authorization.authorization.slice('Bearer '.length) },
      },
    )
    const { candidate, against, changes } = JSON.parse(stdout) as Found
    expect(candidate.episodeCount).toBeGreaterThan(0)
    expect(against.episodeCount).toBeGreaterThan(0)
    expect(changes.later).toBeGreaterThan(0)
  })

  it('refuses packs that do not compile, with file and line', async () => {
    const ask = cloud.api.post('/backtests', { candidate: [{ file: 'broken.yaml', text: pack(30) }] })
    await expect(ask).rejects.toThrow(/400.*broken\.yaml:\d+: .*limit/)
  })

  it('runs one at a time, and ends with whoever asked for it', async () => {
    const request = () =>
      fetch(`${cloud.api.base}/api/v1/backtests`, {
        method: 'POST',
        headers: { ...cloud.api.authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ candidate: 'live', from, to: cloud.clock.now() }),
      })
    const replies = await Promise.all([request(), request()])
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 503])
    await Promise.all(replies.map(reply => reply.text()))
    expect((await request()).status).toBe(200)
  })
})
