import { Worker } from 'node:worker_threads'
import type { BacktestMessage, BacktestRequest } from './backtest-request.ts'

/** A warm thread answers a station-year in a fraction of a second; an unused one is let go after this. */
const KEEP_WARM_MS = 600_000
const MAX_HEAP_MB = 512

/** Runs backtests, one at a time, in a thread that ingest never waits for. */
export class BacktestRunner {
  readonly #file: string
  #worker: Worker | undefined
  /** Who is told of the one that runs. */
  #tell: ((message: BacktestMessage) => void) | undefined
  #idle: NodeJS.Timeout | undefined

  /** @param file - the cloud's database */
  constructor(file: string) {
    this.#file = file
  }

  /** True while one runs: a further one is refused. */
  get busy(): boolean {
    return this.#tell !== undefined
  }

  /** Makes a thread ready for whoever may ask soon: its programs are read, and have run, before they are needed. */
  warm(): void {
    if (this.busy) return
    if (!this.#worker) {
      this.#worker = this.#startWorker()
      this.#worker.postMessage('rehearse')
    }
    this.#keepForAWhile()
  }

  /**
   * Runs one and tells of its messages as they come; the last is no progress.
   *
   * @returns what gives it up before its end
   */
  run(request: BacktestRequest, tell: (message: BacktestMessage) => void): () => void {
    if (this.busy) throw new Error('a backtest runs already')
    clearTimeout(this.#idle)
    this.#worker ??= this.#startWorker()
    this.#tell = tell
    this.#worker.postMessage(request)
    return () => {
      if (this.#tell === tell) this.#drop()
    }
  }

  async stop(): Promise<void> {
    clearTimeout(this.#idle)
    await this.#worker?.terminate()
  }

  #startWorker(): Worker {
    const worker = new Worker(new URL('./backtest-thread.ts', import.meta.url), {
      workerData: { file: this.#file },
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    })
    worker.unref()
    worker.on('message', (message: BacktestMessage) => {
      if (this.#worker !== worker) return
      if ('progress' in message) this.#tell?.(message)
      else this.#end(message)
    })
    worker.on('error', error => this.#lose(worker, (error as Error).message))
    worker.on('exit', () => this.#lose(worker, 'the backtest was stopped'))
    return worker
  }

  // The next request gets another thread.
  #lose(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#end({ failed: reason })
  }

  #end(message: BacktestMessage): void {
    const tell = this.#tell
    this.#tell = undefined
    this.#keepForAWhile()
    tell?.(message)
  }

  #keepForAWhile(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#drop(), KEEP_WARM_MS)
    this.#idle.unref()
  }

  #drop(): void {
    const worker = this.#worker
    if (!worker) return
    this.#lose(worker, 'the backtest was given up')
    void worker.terminate()
  }
}
