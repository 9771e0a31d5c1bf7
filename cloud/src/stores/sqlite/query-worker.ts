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
  readonly #file: string
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #nextId = 0

  constructor(file: string) {
    this.#file = file
  }

  /** Rejects when too many queries wait already, and when the thread dies; the next query gets another thread. */
  range(query: SeriesQuery): Promise<Point[]> {
    if (this.#waiting.size >= MAX_WAITING)
      return Promise.reject(new Error('too many queries at once; try again later'))
    this.#worker ??= this.#startWorker()
    const worker = this.#worker
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage({ id, query })
    })
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate()
  }

  #startWorker(): Worker {
    const worker = new Worker(new URL('./query-thread.ts', import.meta.url), {
      workerData: { file: this.#file },
    })
    worker.unref()
    worker.on('message', ({ id, points, error }: QueryAnswer) => {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (points) waiting?.resolve(points)
      else waiting?.reject(new Error(error))
    })
    worker.on('error', error => this.#giveUp(worker, error as Error))
    worker.on('exit', () => this.#giveUp(worker, new Error('the query thread ended')))
    return worker
  }

  #giveUp(worker: Worker, error: Error): void {
    // An error is followed by an exit, when another thread may be at work already.
    if (this.#worker !== worker) return
    this.#worker = undefined
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
