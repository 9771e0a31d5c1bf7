import { Quality, qualityOf } from '@picket/devices'
import { AttenuatedSignal, type AttenuatedState, newAttenuated } from './attenuated-signal.ts'
import { climatology } from './climatology.ts'
import { FlatLine, type FlatLineState, newFlatLine } from './flat-line.ts'
import { isGap } from './gap.ts'
import { grossRange } from './gross-range.ts'
import { multiVariate, type Step } from './multi-variate.ts'
import { neighbour } from './neighbour.ts'
import { rateOfChange } from './rate-of-change.ts'
import { rollUp } from './roll-up.ts'
import type { Sample } from './sample.ts'
import type { SeriesTests } from './series-tests.ts'
import { spike } from './spike.ts'

/** A sample that may still be compared with others. */
interface Kept extends Sample {
  /** Quality flag and marks as issued. */
  q: number
  /** What the other tests said, while the spike test waits for the successor; otherwise null. */
  open: Quality | null
}

/** The judge of one series as plain data. */
export interface SeriesJudgeState {
  /** The tests in force, as a text: after a change of them the windows begin anew. */
  tests: string
  recent: Kept[]
  /** Time of the newest reading that the windows have taken; null before the first. */
  takenAt: number | null
  flatLine: FlatLineState | null
  attenuated: AttenuatedState | null
}

/** What a reading brought about. */
export interface Judged {
  /** Its flag. */
  flag: Quality
  /** The reading before it, now that its spike test is done and its flag is another one. */
  amended: { t: number; v: number; q: number } | undefined
}

/** What other series say; asked only by the tests that want to know. */
export interface Surroundings {
  /** The newest step of another quantity of the device. */
  stepOf: (quantity: string) => Step | undefined
  /** The newest sample of each neighbour. */
  neighbours: () => readonly Sample[]
}

// So many samples are kept for comparison: what comes later than all of them cannot be judged by its neighbours.
const KEPT = 8
const QUALITY_BITS = 0x0f

/**
 * Judges the readings of one series as they come, with bounded state.
 *
 * The newest reading of a series with a spike test is not evaluated (2) until its successor is here, unless another
 * test finds more; then its flag is amended, once. No other flag is ever rewritten. A late reading is compared with its
 * neighbours in event time where these are still kept. What fails the gross range or the spike test is nobody's
 * neighbour, except in the reference.
 */
export class SeriesJudge {
  readonly #tests: SeriesTests
  readonly #testsText: string
  readonly #recent: Kept[]
  readonly #flatLine: FlatLine | undefined
  readonly #attenuated: AttenuatedSignal | undefined
  #takenAt: number | null

  constructor(tests: SeriesTests, state?: SeriesJudgeState) {
    this.#tests = tests
    this.#testsText = JSON.stringify(tests)
    const same = state?.tests === this.#testsText ? state : undefined
    this.#recent = state?.recent ?? []
    this.#takenAt = same?.takenAt ?? null
    this.#flatLine = tests.flatLine && new FlatLine(tests.flatLine, same?.flatLine ?? newFlatLine())
    this.#attenuated =
      tests.attenuated && new AttenuatedSignal(tests.attenuated, same?.attenuated ?? newAttenuated())
  }

  get newest(): Sample | undefined {
    return this.#recent.at(-1)
  }

  /** The newest two samples, where they belong together. */
  get step(): Step | undefined {
    const to = this.#recent.at(-1)
    const from = this.#recent.at(-2)
    return from && to && !isGap(from, to, this.#tests.gapMs) ? [from, to] : undefined
  }

  /**
   * Judges a reading.
   *
   * @param reading - its `v` is NaN where the value is missing; a flag that it came with, of what it was computed from,
   *   counts where it is suspect or failed
   */
  take({ t, v, q }: Sample & { q: number }, surroundings: Surroundings): Judged {
    const marks = q & ~QUALITY_BITS
    const carried = [qualityOf(q) as Quality].filter(
      flag => flag === Quality.SUSPECT || flag === Quality.FAIL,
    )
    const newest = this.#recent.at(-1)
    const gross = Number.isNaN(v) ? Quality.MISSING : grossRange(v, this.#tests.ranges)
    if (gross === Quality.FAIL && !this.#tests.reference) return { flag: gross, amended: undefined }
    if (newest && t <= newest.t)
      return { flag: this.#takeLate({ t, v }, [gross, ...carried], marks), amended: undefined }
    const amended = this.#close({ t, v })
    const before = this.#recent.at(-1)
    const flags =
      gross === Quality.MISSING ? [gross] : this.#judgeNewest({ t, v }, { gross, before, surroundings })
    const others = rollUp([...flags, ...carried])
    const open =
      this.#tests.spike !== undefined && gross !== Quality.MISSING && this.#neighbours(before, { t, v })
    const flag = open && others === Quality.PASS ? Quality.NOT_EVALUATED : others
    this.#recent.push({ t, v, q: flag | marks, open: open ? others : null })
    if (this.#recent.length > KEPT) this.#recent.shift()
    return { flag, amended }
  }

  state(): SeriesJudgeState {
    return {
      tests: this.#testsText,
      recent: this.#recent,
      takenAt: this.#takenAt,
      flatLine: this.#flatLine?.state() ?? null,
      attenuated: this.#attenuated?.state() ?? null,
    }
  }

  #judgeNewest(
    sample: Sample,
    {
      gross,
      before,
      surroundings,
    }: { gross: Quality; before: Sample | undefined; surroundings: Surroundings },
  ): Quality[] {
    const { gapMs, multiVariate: changes, neighbour: near } = this.#tests
    const flags = [gross, ...this.#judgeAlone(sample, before)]
    const coveredMs = this.#takenAt === null ? 0 : Math.min(sample.t - this.#takenAt, gapMs)
    this.#takenAt = sample.t
    if (this.#flatLine) flags.push(this.#flatLine.take(coveredMs, sample.v))
    if (this.#attenuated) flags.push(this.#attenuated.take(coveredMs, sample.v))
    if (changes) {
      const own: Step | undefined = before && this.#neighbours(before, sample) ? [before, sample] : undefined
      const other = surroundings.stepOf(changes.other)
      const isNear = other !== undefined && Math.abs(other[1].t - sample.t) <= gapMs
      flags.push(multiVariate(own, isNear ? other : undefined, changes))
    }
    if (near) flags.push(neighbour(sample, surroundings.neighbours(), near))
    return flags
  }

  // What needs no more than the reading before: a late reading is judged by these as well.
  #judgeAlone(sample: Sample, before: Sample | undefined): Quality[] {
    const { seasons, rateOfChange: rate } = this.#tests
    const flags: Quality[] = []
    if (seasons) flags.push(climatology(sample.t, sample.v, seasons))
    if (rate)
      flags.push(rateOfChange(before && this.#neighbours(before, sample) ? before : undefined, sample, rate))
    return flags
  }

  // The spike test of the newest reading, now that its successor is here.
  #close(after: Sample): Judged['amended'] {
    const newest = this.#recent.at(-1)
    if (!newest || newest.open === null || !this.#tests.spike) return undefined
    const before = this.#recent.at(-2)
    const isNear = before !== undefined && this.#neighbours(before, newest) && this.#neighbours(newest, after)
    const said = isNear ? spike(before, newest, after, this.#tests.spike) : Quality.NOT_EVALUATED
    const flag = rollUp([newest.open, said])
    const issued = qualityOf(newest.q)
    newest.open = null
    newest.q = (newest.q & ~QUALITY_BITS) | flag
    if (said === Quality.FAIL && !this.#tests.reference) this.#recent.pop()
    return flag === issued ? undefined : { t: newest.t, v: newest.v, q: newest.q }
  }

  #takeLate(sample: Sample, known: readonly Quality[], marks: number): Quality {
    const at = this.#recent.findIndex(({ t }) => t >= sample.t)
    const before = this.#recent[at - 1]
    const after = this.#recent[at] as Kept
    if (known.includes(Quality.MISSING) || after.t === sample.t) return rollUp(known)
    const flags = [...known, ...this.#judgeAlone(sample, before)]
    const { spike: test } = this.#tests
    if (test && before && this.#neighbours(before, sample) && this.#neighbours(sample, after))
      flags.push(spike(before, sample, after, test))
    const flag = rollUp(flags)
    if (flag !== Quality.FAIL) this.#recent.splice(at, 0, { ...sample, q: flag | marks, open: null })
    if (this.#recent.length > KEPT) this.#recent.shift()
    return flag
  }

  #neighbours(before: Sample | undefined, after: Sample): boolean {
    return before !== undefined && (this.#tests.reference || !isGap(before, after, this.#tests.gapMs))
  }
}
