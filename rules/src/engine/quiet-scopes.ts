import { keepQuiet } from './checkpoints.ts'
import type { EngineLimits } from './event.ts'
import type { Scope } from './scope.ts'
import type { Series } from './series.ts'
import type { TimerQueue } from './timer-queue.ts'
import { type Watched, WatchedFeatures } from './watched-features.ts'

/** A scope's place among the quiet ones. */
export interface QuietPlace {
  readonly scope: Scope
  readonly group: QuietScopes
  /** False while it is not quiet: then it takes every reading itself. */
  isTaken: boolean
  /** From this event time on a reading has more to do than to keep its verdicts. */
  until: number
  /** So long without a reading it does not stay quiet, ms. */
  readonly gapMs: number
  readonly missingAfterMs: number
  /** By feature, where `isBounded`. */
  watched: Watched[]
  low: number[]
  high: number[]
  /** Bounds of its features tell that its verdicts stay. */
  readonly isBounded: boolean
  /** Its detectors remember nothing: a checkpoint of before can be kept later. */
  readonly isTimeless: boolean
  /** How many marks it has been told of. */
  marks: number
}

export interface QuietScopesParts {
  /** What all of them read, of one device. */
  series: ReadonlySet<Series>
  limits: EngineLimits
  timers: Pick<TimerQueue<Scope>, 'schedule'>
}

/** An instant before a reading for which a checkpoint is to be kept, and the engine time of that reading. */
interface Mark {
  clock: number
  now: number
}

const never = Number.POSITIVE_INFINITY

/**
 * The scopes over the same series that wait for nothing but a change of their verdicts. A reading that changes none is
 * passed once for all of them: each feature is computed once, and compared with the bounds between which every one of
 * their conditions says what it said. What passes is noted here, and brought to a scope when somebody asks for its
 * state: that is the same to the last bit as if the scope had taken each reading itself.
 */
export class QuietScopes {
  /** Before every scope: those that are due leave, and fire in their order. */
  readonly rank = -1
  /** Engine time of its entry in the timer queue; Infinity when it has none. */
  scheduledAt = never
  readonly series: ReadonlySet<Series>
  readonly #limits: EngineLimits
  readonly #timers: Pick<TimerQueue<Scope>, 'schedule'>
  readonly #places: QuietPlace[] = []
  /** Those of whom bounds of their features do not tell that they stay. */
  readonly #unbounded: QuietPlace[] = []
  readonly #features = new WatchedFeatures(place => this.leave(place))
  #count = 0
  /** Event and engine time of the newest reading. */
  #at = Number.NEGATIVE_INFINITY
  #now = Number.NEGATIVE_INFINITY
  #until = never
  #gapMs = never
  #missingAfterMs = never
  #isLoose = false
  #marks = 0
  #mark: Mark | undefined
  #markBefore: Mark | undefined
  #nextMarkAt = never

  constructor(of: QuietScopesParts) {
    this.series = of.series
    this.#limits = of.limits
    this.#timers = of.timers
  }

  /** How many scopes are quiet. */
  get count(): number {
    return this.#count
  }

  /** Engine time at which the first of them wants to be woken. */
  get due(): number {
    if (this.#count === 0) return never
    this.#tighten()
    return Math.min(this.#until, this.#at + this.#missingAfterMs) + this.#limits.graceMs
  }

  /** Makes a place for a scope over these series; it is not quiet yet. */
  placeFor(scope: Scope): QuietPlace {
    const { isBounded, features } = scope.sight
    const place: QuietPlace = {
      scope,
      group: this,
      isTaken: false,
      until: never,
      ...scope.silence,
      watched: [],
      low: [],
      high: [],
      isBounded,
      isTimeless: features.isTimeless,
      marks: 0,
    }
    this.#places.push(place)
    if (!isBounded) this.#unbounded.push(place)
    return place
  }

  /**
   * Takes a scope among the quiet ones, after it took a reading.
   *
   * @returns false where it stands at another instant than the others: it may try again with the next reading
   */
  admit(place: QuietPlace, until: number): boolean {
    const { scope } = place
    const { clock, heardAt, ladder } = scope.state
    if (ladder.lastSample !== clock || !(clock < until)) return false
    if (this.#count === 0) {
      this.#at = clock
      this.#now = heardAt
      this.#setNextMark()
    } else if (this.#at !== clock || this.#now !== heardAt) return false
    place.until = until
    place.marks = this.#marks
    if (place.isBounded) this.#features.watch(place)
    place.isTaken = true
    this.#count++
    this.#isLoose = true
    scope.scheduledAt = never
    return true
  }

  /** A scope has other work to do from here on; it has its state again. */
  leave(place: QuietPlace): void {
    if (!place.isTaken) return
    this.bring(place)
    place.isTaken = false
    this.#count--
    this.#isLoose = true
    this.#features.loosen(place)
  }

  /** Brings what has passed to a scope. */
  bring(place: QuietPlace): void {
    if (!place.isTaken) return
    const { scope } = place
    const missed = this.#marks - place.marks
    place.marks = this.#marks
    if (missed > 1 && place.isTimeless && this.#markBefore) keep(scope, this.#markBefore)
    if (missed > 0 && place.isTimeless && this.#mark) keep(scope, this.#mark)
    scope.state.clock = this.#at
    scope.state.heardAt = this.#now
    scope.state.ladder.lastSample = this.#at
  }

  /** Passes a reading for all quiet scopes; those to which it means more leave, and are to take it. */
  pass(t: number, now: number): void {
    if (this.#count === 0) return
    this.#tighten()
    if (now - t > this.#limits.freshMs || t < this.#at) this.#leaveWhere(() => true)
    else if (t >= this.#until || t - this.#at >= this.#gapMs)
      this.#leaveWhere(({ until, gapMs }) => t >= until || t - this.#at >= gapMs)
    if (t >= this.#nextMarkAt) this.#keep(now)
    try {
      this.#look(t)
    } catch {
      // Whose failure it is shows when each takes the reading itself.
      this.#leaveWhere(() => true)
    }
    if (t >= this.#nextMarkAt) {
      this.#markBefore = this.#mark
      this.#mark = { clock: this.#at, now }
      this.#marks++
    }
    this.#at = t
    this.#now = now
    if (t >= this.#nextMarkAt) this.#setNextMark()
  }

  // What detectors remember is gone once they have gone on.
  #keep(now: number): void {
    for (const place of this.#places) {
      if (!place.isTaken || place.isTimeless) continue
      this.bring(place)
      keep(place.scope, { clock: this.#at, now })
    }
  }

  /** Those that are due at engine time `now` leave, and wait for their own timers. */
  wake(now: number): void {
    const { graceMs } = this.#limits
    for (const place of this.#places)
      if (place.isTaken && Math.min(place.until, this.#at + place.missingAfterMs) + graceMs <= now) {
        this.leave(place)
        this.#timers.schedule(place.scope)
      }
  }

  #look(t: number): void {
    this.#features.look(t)
    for (const place of this.#unbounded)
      if (place.isTaken && !stays(place.scope, this.#at, t)) this.leave(place)
  }

  #leaveWhere(isOver: (place: QuietPlace) => boolean): void {
    for (const place of this.#places) if (place.isTaken && isOver(place)) this.leave(place)
  }

  #setNextMark(): void {
    const { checkpointMs } = this.#limits
    this.#nextMarkAt = (Math.floor(this.#at / checkpointMs) + 1) * checkpointMs
  }

  #tighten(): void {
    if (!this.#isLoose) return
    this.#isLoose = false
    this.#until = never
    this.#gapMs = never
    this.#missingAfterMs = never
    for (const { isTaken, until, gapMs, missingAfterMs } of this.#places) {
      if (!isTaken) continue
      this.#until = Math.min(this.#until, until)
      this.#gapMs = Math.min(this.#gapMs, gapMs)
      this.#missingAfterMs = Math.min(this.#missingAfterMs, missingAfterMs)
    }
  }
}

// Keeps the ladder of a scope as it stood at an instant while it was quiet.
function keep({ state, sight }: Scope, { clock, now }: Mark): void {
  keepQuiet(state.checkpoints, state.ladder, { clock, now, memories: sight.features.memories() })
}

// True where the newest sample, at `t`, changes no verdict and no timer since event time `from`.
const stays = ({ sight }: Scope, from: number, t: number): boolean =>
  sight.features.changeDue(from, false) === never &&
  sight.staysAt(t) &&
  sight.features.changeDue(t, false) === never
