import type { LiveReading } from '../../../console/src/api/shapes.ts'
import { answer } from './answer.ts'
import type { Context } from './context.ts'
import type { After, EventStream, LiveEvent } from './event-stream.ts'
import type { Frame } from './frame.ts'
import { LiveReadings } from './live-readings.ts'
import type { PicketQuery } from './query.ts'
import { readSeries, seriesFrames } from './readings.ts'

// Alarms come in bursts: one question for all of a burst. What takes the cloud longer is asked for more seldom, so that
// those who watch an alarm flood do not add to it.
const GATHER_MS = 1000
const REST_TO_WORK = 10
// A stream that does not come keeps nobody from the present state.
const WAIT_FOR_STREAM_MS = 3000
const RETRY_MS = 30_000
// Readings that come while the past is being read; with more it is read once more.
const MAX_HELD = 10_000

export interface Following {
  query: PicketQuery
  /** With the span that ends now. */
  context: () => Context
  stream: EventStream
  after: After
  emit: (frames: Frame[]) => void
  fail: (error: unknown) => void
}

/** Answers a query, and again with all that happens, until the returned function is called. */
export function follow(following: Following): () => void {
  const follower = new Follower(following)
  return () => follower.stop()
}

class Follower {
  readonly #of: Following
  readonly #stopListening: () => void
  #live: LiveReadings | undefined
  #held: LiveReading[] = []
  #isLoading = false
  #isStale = false
  #isStopped = false
  #tookMs = 0
  #cancelLoad: (() => void) | undefined

  constructor(following: Following) {
    this.#of = following
    this.#loadAfter(WAIT_FOR_STREAM_MS)
    this.#stopListening = following.stream.listen(event => this.#take(event))
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelLoad?.()
    this.#stopListening()
  }

  #take(event: LiveEvent): void {
    const { kind } = this.#of.query
    if (event.type === 'opened') this.#load()
    else if (event.type === 'reading') {
      if (kind === 'readings') this.#takeReadings(event.readings)
    } else if (event.type === 'gateway' ? kind === 'gateways' : kind !== 'readings' && kind !== 'gateways')
      this.#loadAfter(this.#gatherMs)
  }

  get #gatherMs(): number {
    return Math.max(GATHER_MS, this.#tookMs * REST_TO_WORK)
  }

  #takeReadings(readings: LiveReading[]): void {
    if (this.#isLoading) {
      if (this.#held.length + readings.length <= MAX_HELD) this.#held.push(...readings)
      else this.#isStale = true
      return
    }
    const { context, query, emit } = this.#of
    const { span, language } = context()
    if (this.#live?.take(readings, span.to)) emit(seriesFrames(this.#live.answer, query, language))
  }

  // What is planned already is not put off.
  #loadAfter(delayMs: number): void {
    if (this.#isStopped) return
    this.#cancelLoad ??= this.#of.after(delayMs, () => this.#load())
  }

  #load(): void {
    this.#cancelLoad?.()
    this.#cancelLoad = undefined
    if (this.#isLoading) {
      this.#isStale = true
      return
    }
    this.#isLoading = true
    this.#isStale = false
    this.#held = []
    this.#read()
      .catch((error: unknown) => {
        if (this.#isStopped) return
        this.#of.fail(error)
        this.#loadAfter(RETRY_MS)
      })
      .finally(() => this.#loaded())
  }

  async #read(): Promise<void> {
    const { query, context, emit } = this.#of
    const now = context()
    if (query.kind !== 'readings') {
      const frames = await answer(query, now)
      this.#tookMs = context().span.to - now.span.to
      if (!this.#isStopped) emit(frames)
      return
    }
    const read = await readSeries(query, now)
    if (this.#isStopped) return
    this.#live = new LiveReadings(read, now.span.to - now.span.from)
    this.#live.take(this.#held, this.#of.context().span.to)
    emit(seriesFrames(this.#live.answer, query, now.language))
  }

  #loaded(): void {
    this.#isLoading = false
    if (this.#isStale) this.#loadAfter(this.#gatherMs)
  }
}
