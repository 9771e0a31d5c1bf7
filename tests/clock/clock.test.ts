import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CloudConfig, type RunningCloud, startCloud, verifyJournal } from '@picket/cloud'
import { Mark, type Reading } from '@picket/devices'
import { createLog, loadConfig, SteppedClock } from '@picket/devices/runtime'
import { type Gateway, GatewayConfig, startGateway } from '@picket/edge'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiClient, eventually } from '../support/api-client.ts'
import { GATEWAY, Installation, ROOT } from '../support/installation.ts'
import { Sensor } from '../support/sensor.ts'

const START = Date.UTC(2026, 10, 29, 12)
const PATIENCE_MS = 10_000
const MINUTE = 60_000
const DAY = 86_400_000
const TOKEN = 'clock-test-token-0123456789-0123456789'
const SIREN = join(mkdtempSync(join(tmpdir(), 'picket-siren-')), 'on')
const log = createLog('clock-test')
log.level = 'silent'

/** What the cloud knows of a clock. */
interface Clock {
  waiting: number
  stampedFromMs: number
  by: string | null
  reason: string | null
}

interface Said {
  t: number
  v: number
}

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
`

describe('a gateway without a clock of its own', () => {
  let place: Installation
  let cloud: RunningCloud | undefined
  let cloudClock: SteppedClock
  let api: ApiClient
  let gateway: Gateway
  let sensors: { wall: Sensor; rock: Sensor }
  let host: SteppedClock
  /** The true time: the cloud's. */
  let now = START
  const said = { wall: [] as Said[], rock: [] as Said[] }
  /** What waits for its time, and where it belongs. */
  let aside: { at: number; reading: Said }
  let boots = 0
  let tokens = 0

  const startTheCloud = async (): Promise<void> => {
    cloudClock = new SteppedClock(now)
    cloud = await startCloud({
      ...loadConfig(join(place.folder, 'cloud.yaml'), CloudConfig),
      ...{ clock: cloudClock, log, adminToken: TOKEN, adminPassword: 'clock-test-password' },
      onFailure(error) {
        throw error
      },
    })
    api = new ApiClient(`http://127.0.0.1:${cloud.httpPort}`, TOKEN)
  }
  const stopTheCloud = async (): Promise<void> => {
    await cloud?.stop()
    cloud = undefined
  }
  const lit = (): boolean => existsSync(SIREN)
  const start = async (): Promise<void> => {
    const { config, resolve, lineOf } = loadConfig(join(place.folder, 'gateway.yaml'), GatewayConfig)
    gateway = await startGateway({
      ...{ config, log, clock: host, boot: `boot-${boots}`, hasRtc: false, random: () => 0 },
      place: { file: 'gateway.yaml', lineOf, resolve },
      password: place.gatewayPassword,
      token: () => (++tokens).toString(16).padStart(32, '0'),
    })
  }
  /** The machine is started with its clock at some time. */
  const boot = async (clock: number): Promise<void> => {
    boots++
    host = new SteppedClock(clock, 20_000)
    await start()
  }
  const pass = async (ms: number): Promise<void> => {
    now += ms
    host.advanceTo(host.now() + ms)
    cloudClock.advanceTo(now)
    await gateway.idle()
    await cloud?.idle()
  }
  /** A minute passes, and both sensors speak: `wall` without a time, `rock` with its own. */
  const say = async (v: number): Promise<void> => {
    await pass(MINUTE)
    said.wall.push({ t: now, v })
    sensors.wall.send({ v })
    said.rock.push({ t: now, v })
    sensors.rock.send({ t: now, v })
    await Promise.all([sensors.wall.drained(), sensors.rock.drained()])
    await pass(5000)
  }
  const linked = (): Promise<boolean> =>
    eventually(
      async () => {
        await pass(1000)
        return gateway.uplink.connected && gateway.outbox.pendingRecords === 0
      },
      all => all,
    )
  const expectRight = async (): Promise<void> => {
    await linked()
    for (const [device, expected] of Object.entries(said)) {
      const points = await api.readings(`${device}/displacement`, { from: START - DAY, to: now + DAY })
      expect(points.map(({ v }) => v)).toEqual(expected.map(({ v }) => v))
      points.forEach(({ t }, at) => {
        expect(Math.abs(t - (expected[at]?.t as number))).toBeLessThanOrEqual(2000)
      })
    }
  }

  beforeAll(async () => {
    place = await Installation.make({
      sites: [{ id: 'slope', name: { en: 'Slope', zh: '边坡' } }],
      devices: ['wall', 'rock'].map(id => ({ id, model: 'crack-meter', site: 'slope' })),
      cloud: { rules: ['wall.yaml'] },
      gateway: {
        guard: { signingKeyFile: 'cloud-data/signing-key.pub' },
        outputs: { siren: { type: 'command', on: ['touch', SIREN], off: ['rm', '-f', SIREN] } },
      },
    })
    writeFileSync(join(place.folder, 'wall.yaml'), PACK)
    await startTheCloud()
    await boot(now)
    const sensor = (device: string) =>
      new Sensor({ url: place.fieldUrl, device, quantity: 'displacement', window: 8 })
    sensors = { wall: sensor('wall'), rock: sensor('rock') }
    sensors.wall.start()
    sensors.rock.start()
    await linked()
    for (const v of [5, 5, 5]) await say(v)
    await expectRight()
  }, 60_000)

  afterAll(async () => {
    sensors?.wall.stop()
    sensors?.rock.stop()
    await gateway?.stop()
    await stopTheCloud()
    await place.remove()
    rmSync(SIREN, { force: true })
  })

  it('sounds its siren in 1970, without a link and over a restart of the program', async () => {
    await stopTheCloud()
    await gateway.stop()
    now += 20 * MINUTE
    await boot(8000)
    for (const v of [12, 12, 12, 12]) await say(v)
    await eventually(async () => lit(), Boolean, PATIENCE_MS)
    const { current } = gateway.outbox
    const marked = gateway.outbox.read(current, 0, current.next - 1).filter(record => !('note' in record))
    expect(marked.length).toBeGreaterThan(8)
    for (const { q } of marked as Reading[]) expect(q & Mark.CLOCK_SUSPECT).toBe(Mark.CLOCK_SUSPECT)
    await gateway.stop()
    await start()
    for (const v of [12, 12]) await say(v)
    expect(lit()).toBe(true)
  }, 60_000)

  it('puts every reading at its time, once and in order, when the link is back', async () => {
    await startTheCloud()
    await expectRight()
    expect(lit()).toBe(true)
    const alarms = await eventually(
      () => api.alarms(),
      all => all.filter(({ rule }) => rule === 'wall-moves').length === 2,
    )
    const onset = said.wall[3]?.t as number
    for (const alarm of alarms.filter(({ rule }) => rule === 'wall-moves')) {
      expect(alarm.state).toBe('unacknowledged')
      expect(Math.abs(alarm.onset - onset)).toBeLessThanOrEqual(2000)
    }
  }, 60_000)

  it('ends the alarm by the time that it knows now', async () => {
    for (const v of [5, 5]) await say(v)
    await eventually(
      async () => lit(),
      on => !on,
    )
    await expectRight()
    await eventually(
      () => api.alarms('state=active'),
      active => !active.some(({ rule }) => rule === 'wall-moves'),
    )
  }, 60_000)

  it('goes on evenly when its clock is set forward by a year, and back, with the link and without', async () => {
    host.jump(365 * DAY)
    await say(6)
    host.jump(-366 * DAY)
    await say(7)
    await stopTheCloud()
    host.jump(365 * DAY)
    for (const v of [8, 12, 12, 12, 12]) await say(v)
    await eventually(async () => lit(), Boolean, PATIENCE_MS)
    await startTheCloud()
    await expectRight()
  }, 60_000)

  it('is told the time before it sends anything, started in 1970 with the link up', async () => {
    await gateway.stop()
    now += 5 * MINUTE
    await boot(9000)
    for (const v of [12, 5, 5]) await say(v)
    await expectRight()
    const custody = await api.custody(GATEWAY)
    for (const { missing, quarantined } of custody) expect([missing, quarantined]).toEqual([[], []])
  }, 60_000)

  it('keeps aside what was stamped before a cut of the power that nobody knows the length of', async () => {
    await stopTheCloud()
    await gateway.stop()
    now += 5 * MINUTE
    await boot(9000)
    const before = said.wall.length
    await say(6)
    await gateway.stop()
    now += 10 * MINUTE
    // This time the clock is ahead: what comes after it was put right is late for nobody.
    await boot(now + DAY)
    for (const v of [12, 12, 12, 12]) await say(v)
    await eventually(async () => lit(), Boolean, PATIENCE_MS)
    aside = { at: before, reading: said.wall.splice(before, 1)[0] as Said }
    expect(aside.reading.v).toBe(6)
    await startTheCloud()
    await expectRight()
    const custody = await api.custody(GATEWAY)
    expect(custody.flatMap(({ missing }) => missing)).toEqual([])
    expect(custody.flatMap(({ quarantined }) => quarantined)).not.toEqual([])
    for (const v of [5, 5]) await say(v)
    await eventually(
      async () => lit(),
      on => !on,
      PATIENCE_MS,
    )
  }, 60_000)

  it('puts it where it belongs when a person says when that was', async () => {
    const clocks = async () => (await api.get<{ clocks: Clock[] }>(`/gateways/${GATEWAY}/custody`)).clocks
    const unknown = (await clocks()).find(({ waiting }) => waiting > 0)
    // The person knows when the board was switched on.
    const began = aside.reading.t - MINUTE + (unknown?.stampedFromMs ?? 0) - 9000
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        ...[join(ROOT, 'cloud', 'src', 'main.ts'), '--config', join(place.folder, 'cloud.yaml')],
        ...['clock', GATEWAY, '--began', new Date(began).toISOString(), '--reason', 'by the diary'],
      ],
      { env: { ...process.env, PICKET_TOKEN: TOKEN } },
    )
    expect(stdout).toContain(`${unknown?.waiting} readings are stored now`)
    said.wall.splice(aside.at, 0, aside.reading)
    await expectRight()
    expect((await api.custody(GATEWAY)).flatMap(({ quarantined }) => quarantined)).toEqual([])
    expect(await clocks()).toContainEqual(
      expect.objectContaining({ by: expect.stringMatching(/^token /), reason: 'by the diary', waiting: 0 }),
    )
  }, 60_000)

  it('is replayed from the journal as it was', async () => {
    await stopTheCloud()
    const { differences } = verifyJournal(join(place.cloudData, 'cloud.db'), new Set(), log)
    expect(differences).toEqual([])
  })
})
