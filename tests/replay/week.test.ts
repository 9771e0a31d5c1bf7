import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { verifyJournal } from '@picket/cloud'
import { createLog } from '@picket/devices/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SteppedCloud } from '../alarms/stepped-cloud.ts'
import { eventually } from '../support/api-client.ts'
import { GatewayClient } from '../support/gateway-client.ts'
import { seededRandom } from '../support/random.ts'
import { pack, REGISTRY, STEP_MS, STEPS, Week } from './week.ts'

const PASSWORD = 'a gateway password'
const GATEWAYS = ['gw-river', 'gw-slope']

describe('a week at a real cloud', () => {
  let cloud: SteppedCloud
  let receiver: Server
  const told: string[] = []
  let clients = new Map<string, GatewayClient>()
  const seen = { restarts: 0, acknowledged: 0, repeated: 0, reset: 0, flags: 0 }

  const connect = async (): Promise<void> => {
    for (const client of clients.values()) client.end()
    clients = new Map()
    for (const gateway of GATEWAYS) {
      const client = await GatewayClient.connect({ url: cloud.mqttUrl, gateway, password: PASSWORD })
      await client.greet()
      clients.set(gateway, client)
    }
  }

  const acknowledgeOne = async (): Promise<void> => {
    const waiting = (await cloud.api.alarms('state=active')).find(({ state }) => state === 'unacknowledged')
    if (!waiting) return
    await cloud.api.post(`/alarms/${waiting.id}/acknowledge`, { note: 'seen' })
    seen.acknowledged++
  }

  const resetAll = async (): Promise<void> => {
    for (const { id, state } of await cloud.api.alarms('state=open')) {
      if (state === 'returned-unacknowledged') await cloud.api.post(`/alarms/${id}/acknowledge`, {})
      if (state !== 'returned-unacknowledged' && state !== 'latched') continue
      await cloud.api.post(`/alarms/${id}/reset`, {}).catch(() => {})
      seen.reset++
    }
  }

  // Shelves what runs, plans maintenance of a site for later, and now and then ends what was set.
  const setAside = async (step: number): Promise<void> => {
    const [running] = await cloud.api.alarms('state=active')
    const request = { durationMs: 3 * 3_600_000, reason: 'the crew is there' }
    if (running) {
      const { rule, device } = running
      await cloud.api.post('/flags', { kind: 'shelved', scope: { rule, device }, ...request })
      seen.flags++
    }
    const from = cloud.clock.now() + 7_200_000
    const scope = { site: step % 2 === 0 ? 'river' : 'slope' }
    const planned = await cloud.api.post<{ id: string }>('/flags', {
      kind: 'maintenance',
      scope,
      from,
      ...request,
    })
    seen.flags++
    if (step % 3 === 0) await cloud.api.post(`/flags/${planned.id}/end`, { reason: 'put off' })
  }

  const publish = async (limit: number): Promise<void> => {
    const revision = async () => (await cloud.api.get<{ revision: string }>('/rules')).revision
    const before = await revision()
    writeFileSync(join(cloud.folder, 'pack.yaml'), pack(limit))
    await eventually(revision, after => after !== before)
  }

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      told.push(request.headers['idempotency-key'] as string)
      response.writeHead(204).end()
    })
    await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/duty`
    cloud = await SteppedCloud.start(
      { rules: ['pack.yaml'], notify: { channels: [{ name: 'duty', url }] } },
      { 'registry.yaml': REGISTRY, 'pack.yaml': pack(3.2), secret: PASSWORD },
    )
    await connect()
    const week = new Week(7)
    const random = seededRandom(11)
    for (let step = 0; step < STEPS; step++) {
      for (const sent of week.at(step, cloud.clock.now() - 5000)) {
        const batch = {
          epoch: week.epochOf(sent.gateway),
          firstSeq: week.number(sent),
          records: sent.readings,
        }
        const client = clients.get(sent.gateway) as GatewayClient
        await client.deliver(batch)
        if (random() < 0.03) {
          await client.deliver(batch)
          seen.repeated++
        }
      }
      await cloud.advance(STEP_MS, STEP_MS)
      if (step % 40 === 39) await acknowledgeOne()
      if (step % 61 === 60) await setAside(step)
      if (step % 90 === 89) await resetAll()
      if (step === Math.floor(STEPS / 2)) await publish(2.9)
      if (random() < 0.012) {
        await cloud.restart()
        await connect()
        seen.restarts++
      }
    }
  }, 240_000)

  afterAll(async () => {
    for (const client of clients.values()) client.end()
    await cloud.remove()
    receiver.close()
  })

  it('has late data, restarts, operators at work and a rule that was published in its middle', async () => {
    const alarms = await cloud.api.alarms()
    const rules = new Set(alarms.map(({ rule }) => rule))
    expect([...rules].sort()).toEqual(['high', 'moves', 'rain', 'silent', 'steep'])
    expect(await cloud.api.alarms('retrospective=true')).not.toEqual([])
    expect(seen.restarts).toBeGreaterThan(3)
    expect(seen.acknowledged).toBeGreaterThan(5)
    expect(seen.reset).toBeGreaterThan(3)
    expect(seen.flags).toBeGreaterThan(15)
    expect(seen.repeated).toBeGreaterThan(20)
    expect(
      new Set(alarms.map(alarm => (alarm as { ruleRevision?: string }).ruleRevision)).size,
    ).toBeGreaterThan(4)
    expect(told.length).toBeGreaterThan(20)
    expect(new Set(told).size).toBe(told.length)
  })

  it('shows what rules recorded under the names that they gave it', async () => {
    const series = await cloud.api.get<{ name: object; unit: string; points: unknown[] }>(
      `/series/crack-1/tangent_angle?from=${cloud.clock.now() - 7 * 86_400_000}&resolution=0`,
    )
    expect(series).toMatchObject({ name: { en: 'Tangent angle', zh: '切线角' }, unit: 'deg' })
    expect(series.points.length).toBeGreaterThan(800)
  })

  it('gives the same transitions, times, traces, flags, derived values and notifications when its journal is replayed', async () => {
    const log = createLog('replay')
    log.level = 'silent'
    const file = join(cloud.folder, 'data', 'cloud.db')
    const verification = verifyJournal(file, new Set(['duty']), log)
    expect(verification.differences).toEqual([])
    expect(verification.transitions).toBeGreaterThan(50)
    expect(verification.notifications).toBe(told.length)
    const { flags } = await cloud.api.get<{ flags: { endedAt: number | null }[] }>('/flags?limit=1000')
    expect(flags).toHaveLength(seen.flags)
    expect(verification.flags).toBe(seen.flags + flags.filter(({ endedAt }) => endedAt !== null).length)
    expect(verification.readings).toBeGreaterThan(5000)
    expect(verification.derived).toBeGreaterThan(1600)
    process.stdout.write(
      `a week replayed: ${verification.entries} entries, ${verification.readings} readings, ` +
        `${verification.transitions} transitions, ${verification.derived} derived values, ` +
        `${verification.notifications} notifications; ` +
        `${seen.restarts} restarts, ${seen.acknowledged} acknowledgements, ${seen.reset} resets, ${seen.flags} flags, ` +
        `${seen.repeated} batches sent twice\n`,
    )
  })
})
