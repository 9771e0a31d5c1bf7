import { CLOCK_TOLERANCE_MS } from '@picket/devices'
import type { Clock, Log } from '@picket/devices/runtime'
import type { Position } from '../outbox/books.ts'
import type { ClockTrust, SteadyClock } from './steady-clock.ts'
import { type ClockedOutbox, StretchBook } from './stretch-book.ts'

export interface ClockKeeperOptions {
  clock: SteadyClock
  /** The machine's. */
  host: Clock
  /** Id of the start of the machine: its time since then is the same for all who run on it. */
  boot: string
  /** Its clock goes on while it is off: it has a battery. */
  hasRtc: boolean
  outbox: ClockedOutbox
  log: Log
  /** Commits what was stamped until now. */
  drain(): void
  /** True while a commit is under way: nothing can be drained then. */
  isCommitting(): boolean
  /** Asks the cloud for the time, if it hears us. */
  ask(urgent: boolean): void
  /** The gateway's time was set, by so much. */
  onSet(byMs: number): void
}

/** How the clock stands. */
export interface ClockState {
  /** The time by which the gateway goes, ms UTC. */
  now: number
  trust: ClockTrust
  /** How far the machine's clock is ahead of the time, where that is known. */
  hostAheadMs?: number
}

/** What the cloud said of the time. */
export interface TimeWord {
  /** Its clock when it answered, ms UTC. */
  now: number
  /** From the question to the answer. */
  elapsedMs: number
}

/** The newest known time is written down so often: a machine that starts earlier has a wrong clock. */
const KEEP_EVERY_MS = 600_000
/** The cloud is asked again after so long: a machine without a time server drifts by seconds a day. */
const ASK_EVERY_MS = 6 * 3_600_000

/**
 * Keeps the gateway's clock: notices that the machine's was set, learns the time from the cloud, and notes for each
 * stretch of records by how much their times were wrong. What was committed is never rewritten.
 */
export class ClockKeeper {
  readonly #options: ClockKeeperOptions
  readonly #book: StretchBook
  /** What the machine's clock is ahead of its time since the start, as it was last seen. */
  #hostBaseMs: number
  /** The clock was right at the first word of the cloud since this start, untouched; undefined before. */
  #keepsTime: boolean | undefined
  #askedAt: number
  #keptAt = 0
  #isUnsaved = false

  /** To be made before anything is stamped. */
  constructor(options: ClockKeeperOptions) {
    this.#options = options
    const { clock, host, boot, outbox } = options
    this.#book = new StretchBook(outbox)
    this.#hostBaseMs = host.now() - host.running()
    this.#askedAt = host.running()
    const known = this.#book.knownOf(boot)
    if (known && Math.abs(known.hostBaseMs - this.#hostBaseMs) <= CLOCK_TOLERANCE_MS) {
      // The machine has been running since: the time is known however its clock stands.
      clock.set(known.baseMs, 'known')
      return
    }
    // A clock that was set while the program was away: it was put right, or the machine was asleep.
    this.#book.know({ boot, baseMs: null })
    this.#begin(known?.baseMs ?? clock.baseMs, known !== undefined)
  }

  /** How far the machine's clock is ahead of the time; undefined while that is not known. */
  get hostAheadMs(): number | undefined {
    const { clock, host } = this.#options
    return clock.isKnown ? Math.round(host.now() - host.running() - clock.baseMs) : undefined
  }

  get state(): ClockState {
    const { clock } = this.#options
    const { hostAheadMs } = this
    return { now: clock.now(), trust: clock.trust, ...(hostAheadMs !== undefined && { hostAheadMs }) }
  }

  /** Where notes stand that have to reach the cloud before all else. */
  get first(): readonly Position[] {
    return this.#book.told
  }

  /** Looks whether the clock was set; to be called before something is stamped, and now and then. */
  look(): void {
    const { clock, host, isCommitting, ask } = this.#options
    const wasSet = !isCommitting() && this.#noticeSetting()
    if (wasSet || host.running() - this.#askedAt > ASK_EVERY_MS) {
      this.#askedAt = host.running()
      ask(wasSet)
    }
    if (this.#isUnsaved) this.#save()
    if (clock.isKnown && host.running() - this.#keptAt > KEEP_EVERY_MS) this.#keepKnown()
  }

  /**
   * Takes the cloud's word, or its welcome without one: then the machine's clock is believed unless it cannot be right.
   * Every stretch whose time is known by that gets its note.
   */
  learn(word: TimeWord | undefined): void {
    const { clock, host, boot, hasRtc, drain, onSet, log } = this.#options
    if (!word) this.#noticeSetting()
    if (!word && clock.trust === 'suspect') return
    this.#hostBaseMs = host.now() - host.running()
    this.#askedAt = host.running()
    drain()
    const ours = clock.now()
    const { now, elapsedMs } = word ?? { now: ours, elapsedMs: 0 }
    const isRight = ours >= now - CLOCK_TOLERANCE_MS && ours <= now + elapsedMs + CLOCK_TOLERANCE_MS
    const baseMs = isRight ? clock.baseMs : now + elapsedMs / 2 - host.running()
    const byMs = baseMs - clock.baseMs
    this.#book.end()
    this.#keepsTime ??= hasRtc && isRight && clock.trust !== 'suspect'
    clock.set(baseMs, 'known')
    try {
      const known = { boot, baseMs, runningMs: host.running(), uncertaintyMs: elapsedMs / 2 }
      this.#book.tell({ ...known, keepsTime: this.#keepsTime })
    } catch (error) {
      log.error({ error }, 'cannot note that the clock was wrong; it is tried again at the next welcome')
    }
    this.#keepKnown()
    if (isRight) return
    log.warn({ byMs: Math.round(byMs) }, 'the clock was wrong: it is put right by the time of the cloud')
    onSet(byMs)
  }

  /** What has to be added to the times that were stamped with a record; undefined where that is not known. */
  offsetOf(record: Position): number | undefined {
    const { clock, boot } = this.#options
    return this.#book.offsetOf(record, { boot, baseMs: clock.baseMs })
  }

  /** The outbox was replaced, with what was kept in it. */
  keepAnew(): void {
    const { clock } = this.#options
    if (!clock.isKnown) this.#begin(clock.baseMs, clock.trust === 'suspect')
    this.#save()
  }

  #noticeSetting(): boolean {
    const { host, log } = this.#options
    const hostBaseMs = host.now() - host.running()
    const byMs = hostBaseMs - this.#hostBaseMs
    if (Math.abs(byMs) <= CLOCK_TOLERANCE_MS) return false
    this.#hostBaseMs = hostBaseMs
    log.warn({ byMs: Math.round(byMs) }, "the machine's clock was set")
    this.#wasSet(hostBaseMs)
    return true
  }

  // A clock that is known goes on evenly, and is doubted; one that is not follows the machine's.
  #wasSet(hostBaseMs: number): void {
    const { clock, boot, drain, onSet } = this.#options
    drain()
    this.#book.end()
    this.#keepsTime ??= false
    if (clock.isKnown) {
      this.#book.know({ boot, baseMs: null, knownMs: clock.now() })
      this.#begin(clock.baseMs, true)
      return
    }
    const byMs = hostBaseMs - clock.baseMs
    this.#begin(hostBaseMs, clock.trust === 'plausible')
    onSet(byMs)
  }

  #begin(baseMs: number, isDoubted: boolean): void {
    const { clock, host, boot } = this.#options
    const isTooEarly = host.running() + baseMs < this.#book.knownMs - CLOCK_TOLERANCE_MS
    const isSuspect = isDoubted || isTooEarly
    clock.set(baseMs, isSuspect ? 'suspect' : 'plausible')
    this.#book.begin({ boot, baseMs, fromMs: clock.now(), isSuspect })
    this.#save()
  }

  #keepKnown(): void {
    const { clock, boot } = this.#options
    const { baseMs } = clock
    this.#book.know({ boot, baseMs, hostBaseMs: this.#hostBaseMs, knownMs: clock.now() })
    this.#save()
  }

  #save(): void {
    const { host, log } = this.#options
    this.#keptAt = host.running()
    try {
      this.#book.save()
      this.#isUnsaved = false
    } catch (error) {
      if (!this.#isUnsaved) log.error({ error }, 'cannot write down how the clock stands; it is tried again')
      this.#isUnsaved = true
    }
  }
}
