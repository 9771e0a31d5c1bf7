import {
  type ClockNote,
  type Fault,
  isOfGatewayClock,
  isPlausibleTime,
  MOST_CLOCK_UNCERTAINTY_MS,
} from '@picket/devices'
import type { ClockCorrection } from '../stores/ports.ts'
import type { SqliteClockCorrections } from '../stores/sqlite/clock-corrections.ts'
import type { SqliteQuarantine } from '../stores/sqlite/quarantine.ts'
import type { Ingest } from './ingest.ts'
import { WAITS_FOR_CLOCK } from './wrong-clocks.ts'

/** By how much the clock of a gateway was wrong when it stamped these numbers, as a person knows it. */
export interface ClockWord {
  gateway: string
  epoch: string
  first: number
  last: number
  /** To be added to times as they were stamped. */
  offsetMs: number
  by: string
  reason: string
}

/** How many readings are here now by it, and how many go on waiting. */
export interface ClockWordOutcome {
  taken: number
  waiting: number
}

/** What people know of the clocks of gateways, as an input of the one writer. */
export class ClockWords {
  readonly #ingest: Ingest
  readonly #clocks: SqliteClockCorrections
  readonly #quarantine: SqliteQuarantine

  constructor(
    ingest: Ingest,
    { clocks, quarantine }: { clocks: SqliteClockCorrections; quarantine: SqliteQuarantine },
  ) {
    this.#ingest = ingest
    this.#clocks = clocks
    this.#quarantine = quarantine
  }

  /** How many readings wait for their time among those of a note. */
  waiting(
    gateway: string,
    { epoch, first, last }: Pick<ClockCorrection, 'epoch' | 'first' | 'last'>,
  ): number {
    return this.#quarantine.waitingCount({ gateway, epoch, first, last }, WAITS_FOR_CLOCK)
  }

  /**
   * Gives readings their time that wait for it, by the way on which a gateway's own note gives it. Resolves after the
   * commit, or with what is wrong: what is stored once keeps its time, so a slip of the pen must not get there.
   */
  tell(word: ClockWord): Promise<ClockWordOutcome | Fault> {
    return this.#ingest.transact(hand => {
      const stamped = this.#stampedSpan(word)
      if (!stamped) {
        const { epoch, first, last } = word
        const message = `no reading waits for its time among the records ${first} to ${last} of epoch ${epoch}`
        return { code: 'clock-nothing-waits', message }
      }
      const { epoch, first, last, offsetMs, gateway, by, reason } = word
      const known = this.#clocks.overlapping(gateway, epoch, [first, last])
      const fault = timeFault(stamped, offsetMs, this.#ingest.now) ?? boundsFault(known, offsetMs)
      if (fault) return fault
      const stampedFromMs = Math.min(stamped.from, ...known.map(one => one.stampedFromMs))
      const note: ClockNote = {
        ...{ type: 'clock', epoch, first, last, offsetMs, uncertaintyMs: 0 },
        ...{ stampedFromMs, boot: known[0]?.boot ?? '', monotonicMs: 0 },
      }
      const taken = hand.hearOfClock(note, { gateway, by, reason })
      return { taken, waiting: this.waiting(gateway, word) }
    })
  }

  // What the gateway's clock said of the readings that wait: from the earliest to the latest.
  #stampedSpan({ gateway, epoch, first, last }: ClockWord): { from: number; to: number } | undefined {
    const names = this.#ingest.admissions.namesOf(gateway)
    let span: { from: number; to: number } | undefined
    for (const run of this.#quarantine.waiting({ gateway, epoch, first, last }, WAITS_FOR_CLOCK))
      run.readings.forEach((reading, at) => {
        const seq = run.first + at
        if (seq < first || seq > last || !isOfGatewayClock(reading, names)) return
        const { t } = reading
        span = span ? { from: Math.min(span.from, t), to: Math.max(span.to, t) } : { from: t, to: t }
      })
    return span
  }
}

function timeFault(stamped: { from: number; to: number }, offsetMs: number, now: number): Fault | undefined {
  const [from, to] = [stamped.from + offsetMs, stamped.to + offsetMs]
  if (isPlausibleTime(from) && to <= now) return undefined
  const message = isPlausibleTime(to)
    ? `they would be of ${timeText(from)} to ${timeText(to)}, and now it is ${timeText(now)}`
    : 'that leads to no time of any sensor'
  return { code: 'clock-word', message }
}

// The gateway does not know the time, but between which times it lies. Of stretches that it had to join it does not.
function boundsFault(known: readonly ClockCorrection[], offsetMs: number): Fault | undefined {
  const passed = known.find(
    one =>
      one.uncertaintyMs > MOST_CLOCK_UNCERTAINTY_MS &&
      one.boot !== '' &&
      Math.abs(offsetMs - one.offsetMs) > one.uncertaintyMs + MOST_CLOCK_UNCERTAINTY_MS,
  )
  if (!passed) return undefined
  const { first, last, stampedFromMs, uncertaintyMs } = passed
  const middle = stampedFromMs + passed.offsetMs
  const message =
    `the first of the records ${first} to ${last} would be of ${timeText(stampedFromMs + offsetMs)}, and the gateway knows ` +
    `that it is of ${timeText(middle - uncertaintyMs)} to ${timeText(middle + uncertaintyMs)}`
  return { code: 'clock-word', message }
}

const timeText = (t: number): string => new Date(t).toISOString()
