import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/api-client.ts'
import { GATEWAY } from '../support/installation.ts'
import type { Program } from '../support/program.ts'
import { Station, sizeOf } from './station.ts'

const TIMEOUT_MS = 60_000
const STATUS_MS = 200
const begunAt = Date.now()

let station: Station | undefined

afterEach(() => station?.remove())

async function begin(outbox: object): Promise<Station> {
  station = await Station.make({ outbox, statusIntervalMs: STATUS_MS })
  return station
}

/** Takes a copy of the cloud's data while it is stopped. */
async function backUp({ installation }: Station, cloud: Program): Promise<string> {
  await cloud.stop()
  const copy = join(installation.folder, 'backup')
  cpSync(installation.cloudData, copy, { recursive: true })
  return copy
}

/** Puts an older copy in the place of the cloud's data, as after a broken disk. */
async function restore({ installation }: Station, cloud: Program, copy: string): Promise<Program> {
  await cloud.kill()
  rmSync(installation.cloudData, { recursive: true })
  cpSync(copy, installation.cloudData, { recursive: true })
  return installation.startCloud()
}

/** Waits until the gateway has reported some times more: at each it lets go of what it need not keep. */
async function tidied({ installation: { api } }: Station): Promise<void> {
  const reports = () => api.countReadings(`${GATEWAY}/dropped`, { from: begunAt, to: begunAt + 3_600_000 })
  const before = await reports()
  await eventually(reports, count => count >= before + 4)
}

describe('a cloud restored from an older copy of its own data', () => {
  it(
    'gets again what its gateway still holds',
    async () => {
      const place = await begin({})
      const cloud = await place.installation.startCloud()
      const gateway = await place.installation.startGateway()
      const early = await place.measure(300)
      await place.arrived(early)
      const copy = await backUp(place, cloud)
      const again = await place.installation.startCloud()
      const late = await place.measure(300)
      await place.arrived(late)
      // What the copy does not know of: another start of the gateway.
      await gateway.stop()
      await place.installation.startGateway()
      const latest = await place.measure(300)
      await place.arrived(latest)

      await restore(place, again, copy)
      await place.arrived([...early, ...late, ...latest])
      expect(await place.stored()).toEqual([...early, ...late, ...latest])
      const custody = await eventually(
        () => place.custody(),
        epochs => epochs.length === 2 && epochs.every(({ missing }) => missing.length === 0),
      )
      for (const epoch of custody)
        expect(epoch).toMatchObject({ lost: [], dropped: [], quarantined: [], missing: [] })
    },
    TIMEOUT_MS,
  )

  it(
    'writes down as lost what nobody holds any more',
    async () => {
      const place = await begin({ tailMs: 0 })
      const cloud = await place.installation.startCloud()
      const gateway = await place.installation.startGateway()
      const early = await place.measure(300)
      await place.arrived(early)
      const copy = await backUp(place, cloud)
      const again = await place.installation.startCloud()
      const late = await place.measure(300)
      await place.arrived(late)
      await gateway.stop()
      // An epoch that the copy has never heard of, and of which nothing is held any more.
      const second = await place.installation.startGateway()
      const latest = await place.measure(300)
      await place.arrived(latest)
      await second.stop()
      await place.installation.startGateway()
      await tidied(place)
      const before = await place.custody()
      expect(before).toHaveLength(3)

      await restore(place, again, copy)
      const recent = await place.measure(50)
      await place.arrived(recent)
      await place.arrived(early)
      const stored = new Set(await place.stored())
      const gone = [...late, ...latest].filter(t => !stored.has(t))
      console.log({ acknowledged: 950, stored: stored.size, gone: gone.length })
      expect(gone).toEqual([...late, ...latest])

      const after = await place.custody()
      expect(after.map(({ epoch }) => epoch).sort()).toEqual(before.map(({ epoch }) => epoch).sort())
      for (const { epoch, next, committed, lost, missing, dropped } of after) {
        expect(missing).toEqual([])
        expect(dropped).toEqual([])
        expect(sizeOf(committed) + sizeOf(lost)).toBe(next)
        expect(next).toBeGreaterThanOrEqual(before.find(one => one.epoch === epoch)?.next ?? 0)
      }
      const lost = after.reduce((sum, epoch) => sum + sizeOf(epoch.lost), 0)
      expect(lost).toBeGreaterThanOrEqual(gone.length)
    },
    TIMEOUT_MS,
  )
})
