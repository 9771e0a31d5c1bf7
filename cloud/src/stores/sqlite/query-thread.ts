// The thread behind QueryWorker: reads points from its own read-only connection.
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { Buckets } from '../buckets.ts'
import type { Point } from '../ports.ts'
import type { QueryAnswer, SeriesQuery } from './query-worker.ts'

const db = new Database((workerData as { file: string }).file, { readonly: true })
const rows = db.prepare('SELECT t, v, q FROM reading WHERE series = ? AND t >= ? AND t < ? ORDER BY t')

function range({ series, from, to, resolutionMs, limit }: SeriesQuery): Point[] {
  const buckets = new Buckets({ resolutionMs, limit })
  for (const { t, v, q } of rows.iterate(series, from, to) as Iterable<{ t: number; v: number; q: number }>)
    if (!buckets.add(t, v, q)) break
  return buckets.points
}

parentPort?.on('message', ({ id, query }: { id: number; query: SeriesQuery }) => {
  let answer: QueryAnswer
  try {
    answer = { id, points: range(query) }
  } catch (error) {
    answer = { id, error: (error as Error).message }
  }
  parentPort?.postMessage(answer)
})
