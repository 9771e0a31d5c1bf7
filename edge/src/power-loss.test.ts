import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { accountFor } from './testing/power-loss/account.ts'
import { Acknowledgements } from './testing/power-loss/acknowledgements.ts'
import { cuts, seededRandom } from './testing/power-loss/cuts.ts'
import { Disk } from './testing/power-loss/disk.ts'
import { hasStrace, record } from './testing/power-loss/recording.ts'

const soak = process.env.PICKET_SOAK !== undefined
const MESSAGES = soak ? 1000 : 80
/** In the short form one commit in so many is looked at, and every other sync. */
const EVERY = soak ? 1 : 16
const TIMEOUT_MS = soak ? 3_600_000 : 60_000
// Images are opened one after the other and need not outlive the test: memory is quicker than a disk.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'picket-power-loss-'))
afterAll(() => rmSync(folder, { recursive: true }))

const seed = Number(process.env.PICKET_SEED ?? (soak ? Date.now() : 20_261_129))

/** Records a gateway and cuts its power at every sync point, in every way. */
async function prove(synchronous: 'FULL' | 'NORMAL', messages: number) {
  const place = join(folder, synchronous)
  mkdirSync(join(place, 'disk'), { recursive: true })
  const recording = await record({ folder: place, messages, synchronous })
  const disk = new Disk(recording.folder)
  const acknowledgements = new Acknowledgements()
  const values: number[] = []
  const random = seededRandom(seed)
  const image = join(place, 'image')
  const sum = {
    acknowledged: 0,
    syncPoints: 0,
    cutPoints: 0,
    images: 0,
    lost: 0,
    lostInWorst: 0,
    twoMeanings: 0,
  }
  const faults = new Map<string, number>()
  const cutHere = (): void => {
    sum.cutPoints++
    for (const { name, keeps } of cuts(disk, random)) {
      disk.image(image, keeps)
      const data = image + recording.data.slice(recording.folder.length)
      const { lost, twoMeanings } = accountFor(values, recording.cloud, existsSync(data) ? data : undefined)
      rmSync(image, { recursive: true })
      sum.images++
      sum.lost += lost
      sum.lostInWorst = Math.max(sum.lostInWorst, lost)
      sum.twoMeanings += twoMeanings
      if (lost > 0) faults.set(name, (faults.get(name) ?? 0) + 1)
    }
  }
  for await (const call of recording.calls()) {
    if ('socket' in call) {
      acknowledgements[call.kind](call.socket, call.bytes)
      for (const payload of acknowledgements.payloads.splice(0))
        for (const { v } of JSON.parse(payload) as { v: number }[]) values.push(v)
      continue
    }
    // Just before a sync the most is at stake; what comes after it is seen before the next.
    if (call.kind === 'sync') {
      const isCommit = synchronous === 'FULL' && call.path.endsWith('-wal')
      if (sum.syncPoints++ % EVERY === 0 || !isCommit) cutHere()
    }
    disk.apply(call)
  }
  cutHere()
  sum.acknowledged = values.length
  return { synchronous, seed, ...sum, faults: Object.fromEntries(faults) }
}

describe.skipIf(!hasStrace())('a power cut at any sync point (strace is needed)', () => {
  it('loses nothing that was acknowledged', { timeout: TIMEOUT_MS }, async () => {
    const result = await prove('FULL', MESSAGES)
    console.log(result)
    expect(result).toMatchObject({ lost: 0, twoMeanings: 0 })
    expect(result.acknowledged).toBe(MESSAGES * 2 * 17 + 5 * 17)
  })

  it('would lose readings with synchronous=NORMAL: the proof can fail', { timeout: TIMEOUT_MS }, async () => {
    const result = await prove('NORMAL', MESSAGES >> 1)
    console.log(result)
    expect(result.lost).toBeGreaterThan(0)
  })
})
