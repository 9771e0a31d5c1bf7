import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Quality } from '@picket/devices'
import { afterEach, describe, expect, it } from 'vitest'
import { type EpochCustody, eventually } from '../support/api-client.ts'
import { GatewayClient, token } from '../support/gateway-client.ts'
import { GATEWAY } from '../support/installation.ts'
import { freePorts } from '../support/ports.ts'
import type { Program } from '../support/program.ts'
import { DEVICES, Station, sizeOf } from './station.ts'

const TIMEOUT_MS = 60_000
// While a copy is taken from a running gateway, it must not write.
const NO_STATUS_MS = 3_600_000
const [FIRST, SECOND] = DEVICES as [string, string]

let station: Station | undefined

afterEach(() => station?.remove())

async function begin(): Promise<Station> {
  station = await Station.make({ statusIntervalMs: NO_STATUS_MS })
  return station
}

function copyOf({ installation }: Station): string {
  const copy = join(installation.folder, 'gateway-copy')
  cpSync(installation.gatewayData, copy, { recursive: true })
  return copy
}

const byName = (epochs: readonly EpochCustody[]): EpochCustody[] =>
  epochs.toSorted((a, b) => a.epoch.localeCompare(b.epoch))

describe("a copy of a gateway's data that is started in place of the original", () => {
  it.each(['stopped', 'running'] as const)(
    'brings what it holds, under an epoch of its own, and claims nothing else (copied while %s)',
    async state => {
      const place = await begin()
      const { installation } = place
      const cloud = await installation.startCloud()
      let gateway = await installation.startGateway()
      const delivered = await place.measure(100)
      await place.arrived(delivered)
      await cloud.stop()
      const pending = await place.measure(100)
      if (state === 'stopped') await gateway.stop()
      const copy = copyOf(place)
      if (state === 'stopped') gateway = await installation.startGateway()
      const further = await place.measure(100)
      const second = await installation.startCloud()
      await place.arrived([...pending, ...further])
      const before = await place.custody()

      await second.stop()
      const neverDelivered = await place.measure(100)
      await gateway.kill()
      rmSync(installation.gatewayData, { recursive: true })
      renameSync(copy, installation.gatewayData)
      await installation.startGateway()
      await installation.startCloud()
      const fresh = await place.measure(100)
      await place.arrived(fresh)

      expect(await place.stored()).toEqual([...delivered, ...pending, ...further, ...fresh])
      expect(neverDelivered).toHaveLength(100)
      const after = await place.custody()
      const known = new Set(before.map(({ epoch }) => epoch))
      expect(byName(after.filter(({ epoch }) => known.has(epoch)))).toEqual(byName(before))
      expect(after.filter(({ epoch }) => !known.has(epoch))).toHaveLength(1)
      expect(after.reduce((sum, { committed }) => sum + sizeOf(committed), 0)).toBe(await place.countStored())
    },
    TIMEOUT_MS,
  )
})

/** Starts another gateway with the same identity on a copy of the data. */
async function startCopy(place: Station): Promise<{ copy: Program; url: string }> {
  const { installation } = place
  const [port] = (await freePorts(1)) as [number]
  const own = JSON.parse(readFileSync(join(installation.folder, 'gateway.yaml'), 'utf8'))
  const config = { ...own, data: copyOf(place), sources: [{ type: 'mqtt', port }] }
  writeFileSync(join(installation.folder, 'gateway-copy.yaml'), JSON.stringify(config))
  const copy = installation.launchGateway(undefined, 'gateway-copy.yaml')
  await copy.ready
  return { copy, url: `mqtt://127.0.0.1:${port}` }
}

describe("a copy of a gateway's data that runs beside the original", () => {
  it(
    'makes an alarm; one of the two is refused, and nothing of either is lost',
    async () => {
      const place = await begin()
      const { installation } = place
      const { api } = installation
      await installation.startCloud()
      const original = await installation.startGateway()
      const before = await place.measure(100)
      await place.arrived(before)

      const { copy, url } = await startCopy(place)
      const isIdentityAlarm = (alarm: { rule: string }) => alarm.rule === 'gateway-identity'
      const alarms = await eventually(
        () => api.alarms('state=active'),
        list => list.some(isIdentityAlarm),
      )
      expect(alarms.find(isIdentityAlarm)).toMatchObject({ device: GATEWAY, level: 'red' })
      const { gateways } = await api.get<{ gateways: object[] }>('/gateways')
      expect(gateways).toMatchObject([{ id: GATEWAY, conflict: true }])

      const throughOriginal = await place.measure(100)
      const throughCopy = await place.measure(100, { device: SECOND, url })
      await place.arrived(throughCopy, SECOND)
      expect(await place.stored(FIRST)).toEqual(before)

      await copy.stop()
      await original.stop()
      await installation.startGateway()
      await place.arrived(throughOriginal)
      expect(await place.stored(FIRST)).toEqual([...before, ...throughOriginal])
      expect(await place.stored(SECOND)).toEqual(throughCopy)
      for (const epoch of await place.custody())
        expect(epoch).toMatchObject({ missing: [], lost: [], dropped: [], quarantined: [] })
    },
    TIMEOUT_MS,
  )
})

describe('an old copy of a gateway that holds what the cloud has written down as lost', () => {
  it(
    'delivers it after all',
    async () => {
      const { installation } = await begin()
      await installation.startCloud()
      const epoch = token()
      const url = `mqtt://127.0.0.1:${installation.ports.mqtt}`
      const connect = () =>
        GatewayClient.connect({ url, gateway: GATEWAY, password: installation.gatewayPassword })
      const custodyNow = () => installation.api.custody(GATEWAY)

      // The original let go of ten records that this cloud, restored from a copy, does not know.
      const original = await connect()
      expect(await original.greet([{ epoch, low: 10, next: 10 }])).toMatchObject({
        settled: { [epoch]: [[0, 9]] },
      })
      expect(await custodyNow()).toMatchObject([{ epoch, lost: [[0, 9]], missing: [] }])
      original.end()

      const copy = await connect()
      expect(await copy.greet([{ epoch, low: 4, next: 8 }])).toMatchObject({
        settled: {
          [epoch]: [
            [0, 3],
            [8, 9],
          ],
        },
      })
      expect(await custodyNow()).toMatchObject([{ missing: [[4, 7]] }])
      const records = [4, 5, 6, 7].map(seq => ({
        device: FIRST,
        quantity: 'battery',
        t: Date.now() + seq,
        v: seq,
        q: Quality.NOT_EVALUATED,
      }))
      await copy.deliver({ epoch, firstSeq: 4, records })
      copy.end()
      expect(await custodyNow()).toMatchObject([
        {
          committed: [[4, 7]],
          lost: [
            [0, 3],
            [8, 9],
          ],
          missing: [],
        },
      ])
    },
    TIMEOUT_MS,
  )
})
