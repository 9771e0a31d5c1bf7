import { qualityOf } from '@picket/devices'
import type { Point } from './ports.ts'

// QARTOD's roll-up, from the least to the most telling: 9, 2, 1, 3, 4.
const ROLL_UP = [9, 2, 1, 3, 4]

/** The more telling of two quality flags. */
export const worse = (a: number, b: number): number => (ROLL_UP.indexOf(a) > ROLL_UP.indexOf(b) ? a : b)

/** Makes points of readings in the order of time: one each, or one of all that fall into a bucket. */
export class Buckets {
  readonly points: Point[] = []
  readonly #resolutionMs: number
  readonly #limit: number
  #last: Point | undefined

  /** @param resolutionMs - the length of a bucket; 0 for every reading */
  constructor({ resolutionMs, limit }: { resolutionMs: number; limit: number }) {
    this.#resolutionMs = resolutionMs
    this.#limit = limit
  }

  /** False where the reading would be one point too many: there are no more. */
  add(t: number, v: number, q: number): boolean {
    const begin = this.#resolutionMs > 0 ? Math.floor(t / this.#resolutionMs) * this.#resolutionMs : t
    const quality = qualityOf(q)
    const bucket = this.#last
    if (bucket && bucket.t === begin) {
      bucket.count++
      bucket.v += (v - bucket.v) / bucket.count
      bucket.min = Math.min(bucket.min, v)
      bucket.max = Math.max(bucket.max, v)
      bucket.q = worse(bucket.q, quality)
      return true
    }
    if (this.points.length >= this.#limit) return false
    this.#last = { t: begin, v, min: v, max: v, count: 1, q: quality }
    this.points.push(this.#last)
    return true
  }
}
