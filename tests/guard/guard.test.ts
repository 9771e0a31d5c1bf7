import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { verifyJournal } from '@picket/cloud'
import { createLog } from '@picket/devices/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/api-client.ts'
import { GATEWAY, Installation } from '../support/installation.ts'
import type { Program } from '../support/program.ts'
import { Sensor } from '../support/sensor.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const START = Date.UTC(2026, 10, 29)

const SIREN = join(mkdtempSync(join(tmpdir(), 'picket-siren-')), 'on')

const PACK = `pack: wall
rules:
  - id: wall-moves
    name: { en: Wall, zh: 岩壁 }
    message: { en: "{device}: {width} mm", zh: "{device}: {width} mm" }
    select: { model: crack-meter }
    features: { width: displacement }
    levels: { orange: { when: width > 10, until: width < 9, for: 2m } }
    runs: gateway
    switch: [{ output: siren }]
    notify: [duty]
`

interface Guarded {
  id: string
  connected: boolean
  guard: {
    revision: number
    reported: { revision: number | null; rules: string[] } | null
    differences: number
  }
}

describe('a gateway whose link is down for a day', () => {
  let place: Installation
  let receiver: WebhookReceiver
  let cloud: Program
  let gateway: Program
  let sensor: Sensor
  let now = START
  const lit = (): boolean => existsSync(SIREN)
  const guardOf = async (): Promise<Guarded> => {
    const { gateways } = await place.api.get<{ gateways: Guarded[] }>('/gateways')
    return gateways.find(({ id }) => id === GATEWAY) as Guarded
  }

  const advance = async (...programs: Program[]): Promise<void> => {
    now += MINUTE_MS
    for (const program of programs) await program.advanceTo(now)
  }
  const say = async (v: number, ...programs: Program[]): Promise<void> => {
    await advance(...programs)
    sensor.send({ t: now, v })
    await sensor.drained()
    // What the engine gives readings that are on their way.
    now += 5000
    for (const program of programs) await program.advanceTo(now)
  }

  beforeAll(async () => {
    receiver = await WebhookReceiver.start(() => false)
    place = await Installation.make({
      sites: [{ id: 'slope', name: { en: 'Slope', zh: '边坡' } }],
      devices: [{ id: 'wall', model: 'crack-meter', site: 'slope' }],
      cloud: { rules: ['wall.yaml'], notify: { channels: [{ name: 'duty', url: receiver.url }] } },
      gateway: {
        guard: { signingKeyFile: 'cloud-data/signing-key.pub' },
        outputs: {
          siren: {
            type: 'command',
            on: ['touch', SIREN],
            off: ['rm', '-f', SIREN],
          },
        },
      },
    })
    writeFileSync(join(place.folder, 'wall.yaml'), PACK)
    cloud = await place.startCloud(now)
    gateway = await place.startGateway(now)
    sensor = new Sensor({ url: place.fieldUrl, device: 'wall', quantity: 'displacement', window: 8 })
    sensor.start()
  }, 60_000)

  afterAll(async () => {
    sensor?.stop()
    await place.remove()
    await receiver.stop()
    rmSync(dirname(SIREN), { recursive: true })
  })

  it('has taken its rules from the cloud, signed', async () => {
    const { guard } = await eventually(guardOf, one => one.guard?.reported?.revision === one.guard?.revision)
    expect(guard.reported?.rules).toEqual(['wall-moves'])
  })

  it('sounds its siren without the cloud, also after a restart, for as long as the alarm runs', async () => {
    await say(5, cloud, gateway)
    await cloud.stop()
    for (const v of [12, 12, 12, 12]) await say(v, gateway)
    await eventually(async () => lit(), Boolean)
    await gateway.kill()
    gateway = await place.startGateway(now)
    for (let minute = 0; minute < 60; minute++) await say(12, gateway)
    expect(lit()).toBe(true)
    for (const v of [8, 8]) await say(v, gateway)
    await eventually(
      async () => lit(),
      on => !on,
    )
    // The second alarm runs on when the link returns, a day later.
    for (const v of [12, 12, 12, 12]) await say(v, gateway)
    await eventually(async () => lit(), Boolean)
    now += 22 * HOUR_MS
    await say(12, gateway)
  }, 120_000)

  it('tells the cloud when the link is back: what runs is paged at once, what is over wakes nobody', async () => {
    cloud = await place.startCloud(now)
    for (let tries = 0; tries < 40 && receiver.deliveries.length === 0; tries++) await advance(cloud, gateway)
    const alarms = await eventually(
      () => place.api.alarms(),
      all => all.filter(({ rule }) => rule === 'wall-moves').length === 2,
    )
    const mine = alarms.filter(({ rule }) => rule === 'wall-moves')
    expect(mine.map(({ retrospective, clearedAt }) => [retrospective, clearedAt === null])).toEqual([
      [false, true],
      [true, false],
    ])
    expect(receiver.deliveries.map(({ body }) => [body.kind, body.alarm.id])).toEqual([
      ['announced', mine[0]?.id],
    ])
    const { transitions } = await place.api.alarm(mine[0]?.id as string)
    expect(transitions[0]?.trace).toMatchObject({ gateway: GATEWAY })
    const { actions } = await place.api.get<{ actions: { output: string; on: boolean; result: string }[] }>(
      `/gateways/${GATEWAY}/actions`,
    )
    expect(actions.map(({ on, result }) => `${on ? 'on' : 'off'} ${result}`).toReversed()).toEqual([
      'off confirmed',
      'on confirmed',
      'on confirmed',
      'off confirmed',
      'on confirmed',
    ])
  }, 120_000)

  it('ends the alarm for both, and the two engines agree', async () => {
    for (let minute = 0; minute < 20; minute++) await say(5, gateway, cloud)
    await eventually(
      () => place.api.alarms('state=active'),
      active => !active.some(({ rule }) => rule === 'wall-moves'),
    )
    await eventually(
      async () => lit(),
      on => !on,
    )
    expect((await guardOf()).guard.differences).toBe(0)
  }, 60_000)

  it('is replayed from the journal as it was', async () => {
    await cloud.stop()
    const log = createLog('replay')
    log.level = 'silent'
    const { differences, transitions } = verifyJournal(
      join(place.cloudData, 'cloud.db'),
      new Set(['duty']),
      log,
    )
    expect(differences).toEqual([])
    expect(transitions).toBeGreaterThan(3)
  })
})
