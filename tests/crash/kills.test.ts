import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/api-client.ts'
import { GATEWAY, Installation, ROOT } from '../support/installation.ts'
import { seededRandom } from '../support/random.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'
import { accountFor, alarmsTold, notificationFaults, raisedTwice } from './account.ts'
import { episodeFaults, exactlyTold, mergedCount } from './episodes.ts'
import { type Episode, RULE, referenceEpisodes, SITE } from './flood.ts'
import { killAgainAndAgain } from './kills.ts'
import { DEVICES, type Source, Traffic } from './traffic.ts'

const soak = process.env.PICKET_SOAK !== undefined
const kills = Number(process.env.PICKET_KILLS ?? (soak ? 1000 : 14))
const seed = Number(process.env.PICKET_SEED ?? (soak ? Date.now() : 20_261_123))
const REFUSED_SHARE = 0.2
// What has gathered is read again and again until it is complete: the more kills, the more there is to read.
const DRAIN_MS = 60_000 + kills * 300
// The cloud's clock goes on by so much at each look: rules wait up to a minute for what is on its way.
const ADVANCE_MS = 5000
const TIMEOUT_MS = 2 * DRAIN_MS + 60_000 + kills * 15_000

let installation: Installation | undefined
let receiver: WebhookReceiver | undefined
let traffic: Traffic | undefined

afterEach(async () => {
  traffic?.stop()
  await installation?.remove()
  await receiver?.stop()
})

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

const NO_FAULTS = { lost: [], twice: [], unfounded: [], wrongNow: [] }

describe('a gateway and a cloud that are killed again and again', () => {
  it(
    `lose nothing and tell nothing twice (${kills} kills, seed ${seed})`,
    async () => {
      const refusing = seededRandom(seed + 1)
      receiver = await WebhookReceiver.start(() => refusing() < REFUSED_SHARE)
      installation = await Installation.make({
        sites: [{ id: SITE, name: { en: 'Valley', zh: '河谷' } }],
        devices: DEVICES,
        cloud: {
          rules: [join(ROOT, 'rules', 'packs'), join(import.meta.dirname, 'steps.yaml')],
          notify: { channels: [{ name: 'duty', url: receiver.url }] },
        },
        gateway: { statusIntervalMs: 1000 },
      })
      const { api } = installation
      const running = new Traffic(installation.fieldUrl, { readingsPerStep: soak ? 1000 : 100 })
      traffic = running
      const cutting = seededRandom(seed + 2)
      const { killed, cloud, clock } = await killAgainAndAgain(installation, {
        kills,
        random: seededRandom(seed),
        cutSensor: () => running.cutOne(cutting),
        onKill: count => running.play(count / kills),
      })
      await running.finish()

      const account = await eventually(
        () => accountFor(running, api),
        ({ missing }) => missing === 0,
        DRAIN_MS,
      ).finally(async () => console.log({ seed, killed, ...(await accountFor(running, api)) }))
      expect(account).toMatchObject({ missing: 0, twice: 0, disordered: [] })

      const floods = referenceEpisodes(
        new Map(running.gauges.map(({ device, sensor }) => [device, sensor.acknowledged])),
        Date.now(),
      )
      const steps = running.steps.flatMap(stepEpisodes)
      let now = clock
      const alarms = async () => {
        now += ADVANCE_MS
        await cloud.advanceTo(now)
        const told = await alarmsTold(api)
        const of = (rule: string) => told.filter(({ alarm }) => alarm.rule === rule)
        return {
          floods: episodeFaults(floods, of(RULE)),
          steps: episodeFaults(steps, of('step')),
          exact: exactlyTold([...floods, ...steps], told),
          merged: { floods: mergedCount(floods, of(RULE)), steps: mergedCount(steps, of('step')) },
          raisedTwice: raisedTwice(told),
          notifications: notificationFaults(told, receiver?.deliveries ?? []),
          told: told.length,
          live: told.filter(({ alarm }) => !alarm.retrospective).length,
        }
      }
      const judged = await eventually(
        alarms,
        ({ floods, steps, notifications }) =>
          floods.lost.length + floods.wrongNow.length + steps.lost.length + steps.wrongNow.length === 0 &&
          notifications.untold.length === 0,
        DRAIN_MS,
      ).catch(alarms)
      console.log({
        floods: floods.length,
        steps: steps.length,
        exact: judged.exact,
        merged: judged.merged,
        told: judged.told,
        live: judged.live,
        deliveries: receiver.deliveries.length,
      })
      expect(floods).toHaveLength(7)
      expect(judged).toMatchObject({
        floods: NO_FAULTS,
        steps: NO_FAULTS,
        raisedTwice: [],
        notifications: { untold: [], underTwoKeys: [], ofTwoSteps: [], unknown: [] },
      })
      for (const epoch of await api.custody(GATEWAY))
        expect(epoch).toMatchObject({ missing: [], lost: [], dropped: [], quarantined: [] })
    },
    TIMEOUT_MS,
  )
})
