import { Worker } from 'node:worker_threads'
import type { Point, RangeQuery } from '../ports.ts'

/** A range query with the series' number in place of its name. */
export type SeriesQuery = RangeQuery & { series: number }

interface Waiting {
  resolve: (points: Point[]) => void
  reject: (error: Error) => void
}

export interface QueryAnswer {
  id: number
  points?: Point[]
  error?: string
}

/** Most queries that wait for the worker; a further one is refused at once. */
const MAX_WAITING = 64

/** Runs queries in a thread of its own, on a read-only connection: ingest never waits for a chart. */
export class QueryWorker {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 0

  constructor(file: string) {
    this.#worker = new Worker(new URL('./query-thread.ts', import.meta.url), { workerData: { file } })
    this.#worker.unref()
    this.#worker.on('message', ({ id, points, error }: QueryAnswer) => {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (points) waiting?.resolve(points)
      else waiting?.reject(new Error(error))
    })
    this.#worker.on('error', error => {
      for (const { reject } of this.#waiting.values()) reject(error as Error)
      this.#waiting.clear()
    })
  }

  range(query: SeriesQuery): Promise<Point[]> {
    if (this.#waiting.size >= MAX_WAITING)
      return Promise.reject(new Error('too many queries at once; try again later'))
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, query })
    })
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }
}
