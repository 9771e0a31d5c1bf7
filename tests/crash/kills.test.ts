import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type ApiClient, eventually } from '../support/api-client.ts'
import { GATEWAY, Installation, ROOT } from '../support/installation.ts'
import { seededRandom } from '../support/random.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'
import { type Account, accountFor, alarmsTold, notificationFaults, raisedTwice } from './account.ts'
import { episodeFaults, exactlyTold, mergedCount } from './episodes.ts'
import { type Episode, RULE, referenceEpisodes, SITE } from './flood.ts'
import { type Killed, killAgainAndAgain, type Running } from './kills.ts'
import { DEVICES, type Source, Traffic } from './traffic.ts'

const soak = process.env.PICKET_SOAK !== undefined
const kills = Number(process.env.PICKET_KILLS ?? (soak ? 1000 : 14))
const seed = Number(process.env.PICKET_SEED ?? (soak ? Date.now() : 20_261_123))
/** Installations side by side: one alone mostly waits, for programs that start and for the next kill. */
const LANES = soak ? 4 : 1
const REFUSED_SHARE = 0.2
// What has gathered is read again and again until it is complete: the more kills, the more there is to read.
const DRAIN_MS = 60_000 + kills * 300
// The cloud's clock goes on by so much at each look: rules wait up to a minute for what is on its way.
const ADVANCE_MS = 5000
const TIMEOUT_MS = 2 * DRAIN_MS + 60_000 + kills * 15_000

interface Lane {
  kills: number
  seed: number
}
const lanes = Array.from(
  { length: LANES },
  (_, at): Lane => ({
    kills: Math.floor((kills + at) / LANES),
    seed: seed + 10 * at,
  }),
)

/** What a lane that has been killed has to show. */
interface Place {
  installation: Installation
  receiver: WebhookReceiver
  traffic: Traffic
  running: Running
  killed: Killed
}

/** Lets sensors measure through a gateway and a cloud of their own that are killed again and again. */
async function beKilled(lane: Lane, onEnd: (end: () => Promise<void>) => void): Promise<Place> {
  const refusing = seededRandom(lane.seed + 1)
  const receiver = await WebhookReceiver.start(() => refusing() < REFUSED_SHARE)
  onEnd(() => receiver.stop())
  const installation = await Installation.make({
    sites: [{ id: SITE, name: { en: 'Valley', zh: '河谷' } }],
    devices: DEVICES,
    cloud: {
      rules: [join(ROOT, 'rules', 'packs'), join(import.meta.dirname, 'steps.yaml')],
      notify: { channels: [{ name: 'duty', url: receiver.url }] },
    },
    gateway: { statusIntervalMs: 1000 },
  })
  onEnd(() => installation.remove())
  const traffic = new Traffic(installation.fieldUrl, { readingsPerStep: Math.max(100, 2 * lane.kills) })
  onEnd(async () => traffic.stop())
  const cutting = seededRandom(lane.seed + 2)
  const end = await killAgainAndAgain(installation, {
    // The last one comes when all is accounted for.
    kills: lane.kills - 1,
    random: seededRandom(lane.seed),
    cutSensor: () => traffic.cutOne(cutting),
    onKill: count => traffic.play(count / lane.kills),
  })
  await traffic.finish()
  return { installation, receiver, traffic, ...end }
}

/** Accounts until nothing is missing any more. */
async function settledAccount(traffic: Traffic, api: ApiClient): Promise<Account> {
  return eventually(
    () => accountFor(traffic, api),
    ({ missing }) => missing === 0,
    DRAIN_MS,
  ).catch(() => accountFor(traffic, api))
}

/** Episodes of the steps, as what was sent tells them. */
function stepEpisodes({ device, sensor }: Source): Episode[] {
  const episodes: Episode[] = []
  for (const { t, v } of sensor.acknowledged as { t: number; v: number }[]) {
    const running = episodes.at(-1)?.clearedAt === null ? episodes.at(-1) : undefined
    if (v > 5 && !running) episodes.push({ device, onset: t, clearedAt: null, level: 'orange' })
    if (v < 5 && running) running.clearedAt = t
  }
  return episodes
}

const episodesOf = ({ gauges, steps }: Traffic) => ({
  floods: referenceEpisodes(
    new Map(gauges.map(({ device, sensor }) => [device, sensor.acknowledged])),
    Date.now(),
  ),
  steps: steps.flatMap(stepEpisodes),
})

/**
 * Kills the cloud once more, lets the clock of the next one go on until everything that happened was told, and holds
 * what was told against what happened.
 */
async function judge(place: Place, { floods, steps }: ReturnType<typeof episodesOf>) {
  const { installation, running, receiver, killed } = place
  // It would go by the cloud's clock, which stands while the cloud starts.
  await running.gateway.stop()
  await running.cloud.kill()
  killed.cloud++
  let now = Date.now()
  const cloud = await installation.startCloud(now)
  const alarms = async () => {
    now += ADVANCE_MS
    await cloud.advanceTo(now)
    const told = await alarmsTold(installation.api)
    const of = (rule: string) => told.filter(({ alarm }) => alarm.rule === rule)
    return {
      floods: episodeFaults(floods, of(RULE)),
      steps: episodeFaults(steps, of('step')),
      exact: exactlyTold([...floods, ...steps], told),
      merged: { floods: mergedCount(floods, of(RULE)), steps: mergedCount(steps, of('step')) },
      raisedTwice: raisedTwice(told),
      notifications: notificationFaults(told, receiver.deliveries),
      told: told.length,
      live: told.filter(({ alarm }) => !alarm.retrospective).length,
    }
  }
  return eventually(
    alarms,
    one =>
      one.floods.lost.length + one.floods.wrongNow.length === 0 &&
      one.steps.lost.length + one.steps.wrongNow.length === 0 &&
      one.notifications.untold.length === 0,
    DRAIN_MS,
  ).catch(alarms)
}

const NO_FAULTS = { lost: [], twice: [], unfounded: [], wrongNow: [] }
const sum = { kills: 0, acknowledged: 0, stored: 0, missing: 0, twice: 0, repeated: 0, episodes: 0, told: 0 }
const add = (part: Partial<typeof sum>): void => {
  for (const [name, count] of Object.entries(part)) sum[name as keyof typeof sum] += count
}

describe.concurrent('a gateway and a cloud that are killed again and again', () => {
  afterAll(() => console.log({ lanes: LANES, ...sum }))

  it.for(lanes)(
    'lose nothing and tell nothing twice ($kills kills, seed $seed)',
    { timeout: TIMEOUT_MS },
    async (lane, { onTestFinished }) => {
      const place = await beKilled(lane, onTestFinished)
      const { installation, receiver, traffic, killed } = place
      const account = await settledAccount(traffic, installation.api)
      console.log({ seed: lane.seed, ...account })
      const { acknowledged, stored, missing, twice, repeated } = account
      add({ acknowledged, stored, missing, twice, repeated })
      expect(account).toMatchObject({ missing: 0, twice: 0, disordered: [] })

      const happened = episodesOf(traffic)
      const judged = await judge(place, happened)
      const { exact, merged, told, live } = judged
      const [floods, steps] = [happened.floods.length, happened.steps.length]
      const deliveries = receiver.deliveries.length
      console.log({ seed: lane.seed, killed, floods, steps, exact, merged, told, live, deliveries })
      add({ kills: killed.cloud + killed.gateway + killed.sensors, episodes: floods + steps, told })
      expect(floods).toBe(7)
      expect(judged).toMatchObject({
        floods: NO_FAULTS,
        steps: NO_FAULTS,
        raisedTwice: [],
        notifications: { untold: [], underTwoKeys: [], ofTwoSteps: [], unknown: [] },
      })
      for (const epoch of await installation.api.custody(GATEWAY))
        expect(epoch).toMatchObject({ missing: [], lost: [], dropped: [], quarantined: [] })
    },
  )
})
