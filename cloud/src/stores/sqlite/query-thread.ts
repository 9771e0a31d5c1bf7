// The thread behind QueryWorker: reads points from its own read-only connection.
import { parentPort, workerData } from 'node:worker_threads'
import { qualityOf } from '@picket/devices'
import Database from 'better-sqlite3'
import type { Point } from '../ports.ts'
import type { QueryAnswer, SeriesQuery } from './query-worker.ts'

const db = new Database((workerData as { file: string }).file, { readonly: true })
const rows = db.prepare('SELECT t, v, q FROM reading WHERE series = ? AND t >= ? AND t < ? ORDER BY t')

function range({ series, from, to, resolutionMs, limit }: SeriesQuery): Point[] {
  const points: Point[] = []
  let bucket: Point | undefined
  for (const { t, v, q } of rows.iterate(series, from, to) as Iterable<{ t: number; v: number; q: number }>) {
    const begin = resolutionMs > 0 ? Math.floor(t / resolutionMs) * resolutionMs : t
    const quality = qualityOf(q)
    if (bucket && bucket.t === begin) {
      bucket.count++
      bucket.v += (v - bucket.v) / bucket.count
      bucket.min = Math.min(bucket.min, v)
      bucket.max = Math.max(bucket.max, v)
      bucket.q = worse(bucket.q, quality)
      continue
    }
    if (points.length >= limit) break
    bucket = { t: begin, v, min: v, max: v, count: 1, q: quality }
    points.push(bucket)
  }
  return points
}

// QARTOD's roll-up, from the least to the most telling: 9, 2, 1, 3, 4.
const ROLL_UP = [9, 2, 1, 3, 4]
const worse = (a: number, b: number): number => (ROLL_UP.indexOf(a) > ROLL_UP.indexOf(b) ? a : b)

parentPort?.on('message', ({ id, query }: { id: number; query: SeriesQuery }) => {
  let answer: QueryAnswer
  try {
    answer = { id, points: range(query) }
  } catch (error) {
    answer = { id, error: (error as Error).message }
  }
  parentPort?.postMessage(answer)
})
