import type { Quality } from '@picket/devices'
import {
  type Detector,
  definitionOf,
  detectorFor,
  type Inputs,
  namesParameter,
  reachOf,
} from '../detectors/index.ts'
import { rollUp } from '../quality/roll-up.ts'
import type { Across, Feature, Rule } from '../rule.ts'
import type { Values } from './decision.ts'
import type { Series } from './series.ts'

/** One device's part in a feature. */
export interface Member {
  device: string
  /** One per input of the feature. */
  series: readonly Series[]
  /** Silent for this long its value is unknown; Infinity where the whole scope is silent with it. */
  silentAfterMs: number
}

/** What the detectors remember, by feature and device: plain data. */
export type Memories = Readonly<Record<string, Readonly<Record<string, unknown>>>>

interface FeatureParts {
  rule: Rule
  /** Who each feature reads, in the rule's order. */
  members: readonly (readonly Member[])[]
  /** Values of the rule's parameters, which options may name. */
  parameters: Values
  /** What the detectors of before remembered; empty for new ones. */
  memories: Memories
}

/** A detector over one device's series. */
interface Reader extends Member {
  detector: Detector
  inputs: Inputs
}

/**
 * The features of a rule in one scope: a detector for each device that a feature reads, and one value made of
 * theirs where they are several.
 */
export class Features {
  /** How far back from the clock samples are needed, ms. */
  readonly reachMs: number
  /** Every series that some feature reads, once. */
  readonly series: ReadonlySet<Series>
  /** Features whose last value rests on some of their devices only. */
  readonly partial = new Set<string>()
  /** One device, and nothing to remember: the detectors are those of its series. */
  readonly isTimeless: boolean
  readonly #rule: Rule
  readonly #members: FeatureParts['members']
  readonly #knowsSilence: readonly boolean[]
  readonly #followsParameters: boolean
  #parameters: Values
  #readers: readonly (readonly Reader[])[] = []
  /** The one reader of each feature, where `isTimeless`. */
  #alone: readonly Reader[] = []
  /** What timeless detectors remember. */
  readonly #nothing: Memories
  /** Places of the features whose value time alone can change. */
  #changing: readonly number[] = []

  constructor({ rule, members, parameters, memories }: FeatureParts) {
    const { features } = rule
    this.#rule = rule
    this.#members = members
    this.series = new Set(members.flat().flatMap(({ series }) => series))
    this.reachMs = Math.max(0, ...features.map(reachOf))
    this.isTimeless = features.every(
      (feature, at) =>
        definitionOf(feature).isTimeless && members[at]?.length === 1 && isAlwaysHeard(members[at]?.[0]),
    )
    this.#knowsSilence = features.map(feature => definitionOf(feature).knowsSilence === true)
    this.#followsParameters = features.some(namesParameter)
    this.#parameters = parameters
    this.begin(parameters, memories)
    this.#nothing = this.isTimeless ? this.#remembered() : {}
  }

  /** Begins where other detectors stood when they gave these memories. */
  begin(parameters: Values, memories: Memories): void {
    this.#parameters = { ...parameters }
    this.#readers = this.#rule.features.map((feature, at) =>
      (this.#members[at] ?? []).map(member => {
        const inputs = member.series.map(({ ring }) => ring) as unknown as Inputs
        const [series] = member.series
        if (this.isTimeless && series)
          return { ...member, inputs, detector: series.detectorFor(feature, parameters) }
        const detector = detectorFor(feature, parameters)
        const memory = memories[feature.name]?.[member.device]
        if (memory !== undefined) detector.recall(inputs, memory)
        return { ...member, inputs, detector }
      }),
    )
    if (this.isTimeless) this.#alone = this.#readers.flat()
    this.#changing = this.#readers.flatMap((readers, at) =>
      readers.some(({ detector }) => detector.nextChange) ? [at] : [],
    )
  }

  /** To be called when a series has got new ordinals. */
  relocate(): void {
    this.begin(this.#parameters, this.memories())
  }

  /** To be called when parameters have got new values. */
  follow(parameters: Values): void {
    if (this.#followsParameters) this.begin(parameters, this.memories())
  }

  /** What `begin` needs: small plain data. */
  memories(): Memories {
    return this.isTimeless ? this.#nothing : this.#remembered()
  }

  #remembered(): Memories {
    const memories: Record<string, Record<string, unknown>> = {}
    for (let at = 0; at < this.#readers.length; at++) {
      const ofFeature: Record<string, unknown> = {}
      for (const { device, detector } of this.#readers[at] as readonly Reader[])
        ofFeature[device] = detector.memory()
      memories[(this.#rule.features[at] as Feature).name] = ofFeature
    }
    return memories
  }

  /**
   * Brings the values of the features to an instant.
   *
   * @param missing - the inputs are silent: what does not speak of silence is unknown, whatever its window holds
   */
  look(values: Values, at: number, missing: boolean): void {
    const { features } = this.#rule
    for (let index = 0; index < features.length; index++) {
      const { name } = features[index] as Feature
      const value = this.#value(index, at)
      values[name] = missing && !this.#knowsSilence[index] ? undefined : value
    }
  }

  /** The one detector of each feature, and what it reads; where `isTimeless`. */
  get detectors(): readonly Pick<Reader, 'detector' | 'inputs'>[] {
    return this.#alone
  }

  /** True where time alone may change a value. */
  get isChanging(): boolean {
    return this.#changing.length > 0
  }

  /** The next instant after `clock` at which a feature changes though nothing comes; Infinity when none does. */
  changeDue(clock: number, missing: boolean): number {
    let due = Number.POSITIVE_INFINITY
    if (this.#changing.length === 0 || !Number.isFinite(clock)) return due
    for (const index of this.#changing) {
      if (missing && !this.#knowsSilence[index]) continue
      for (const { detector, inputs } of this.#readers[index] as readonly Reader[]) {
        const change = detector.nextChange?.(inputs, clock)
        if (change !== undefined && change > clock) due = Math.min(due, change)
      }
    }
    return due
  }

  /** Quality flags of the newest samples by quantity, rolled up over devices; `input.quantity` of a further input. */
  get quality(): Record<string, number> {
    const quality: Record<string, number> = {}
    this.#rule.features.forEach(({ inputs }, index) => {
      inputs.forEach(({ from, quantity }, at) => {
        const flags = (this.#members[index] ?? []).map(({ series }) => series[at]?.quality as Quality)
        quality[from ? `${from}.${quantity}` : quantity] = rollUp(flags)
      })
    })
    return quality
  }

  /**
   * What each device says at an instant, by feature; null where unknown. Only features that read another device than
   * the scope's own, or several.
   */
  byDevice(at: number): Record<string, Record<string, number | null>> {
    return Object.fromEntries(
      this.#rule.features.flatMap(({ name, inputs }, index) => {
        const readers = this.#readers[index] as readonly Reader[]
        if (readers.length <= 1 && inputs.every(({ from }) => from === '')) return []
        const said = readers.map(reader => [reader.device, this.#said(reader, index, at) ?? null])
        return [[name, Object.fromEntries(said)]]
      }),
    )
  }

  /** Event time of the newest sample of each device that is read. */
  lastTimes(): number[] {
    const times = new Map<string, number>()
    for (const { device, series } of this.#members.flat())
      for (const { ring } of series)
        times.set(device, Math.max(times.get(device) ?? Number.NEGATIVE_INFINITY, ring.lastTime))
    return [...times.values()]
  }

  #value(index: number, at: number): number | undefined {
    const readers = this.#readers[index] as readonly Reader[]
    if (readers.length === 1) return this.#said(readers[0] as Reader, index, at)
    const { name, across = 'max' } = this.#rule.features[index] as Feature
    const values: number[] = []
    let spoke = 0
    for (const reader of readers) {
      if (!hasSpoken(reader, at)) continue
      spoke++
      const value = this.#said(reader, index, at)
      if (value !== undefined) values.push(value)
    }
    const isPartial = values.length < spoke && across !== 'count'
    if (isPartial) this.partial.add(name)
    else this.partial.delete(name)
    // A sum over some of the devices is not the sum.
    return isPartial && across === 'sum' ? undefined : combine(values, across)
  }

  #said({ detector, inputs, series, silentAfterMs }: Reader, index: number, at: number): number | undefined {
    const value = detector.value(inputs, at)
    if (silentAfterMs === Number.POSITIVE_INFINITY || this.#knowsSilence[index]) return value
    const isSilent = series.some(({ ring }) => at - ring.lastTimeUntil(at) >= silentAfterMs)
    return isSilent ? undefined : value
  }
}

const isAlwaysHeard = (member: Member | undefined): boolean =>
  member?.silentAfterMs === Number.POSITIVE_INFINITY && member.series.length === 1

const hasSpoken = ({ series }: Reader, at: number): boolean =>
  series.every(({ ring }) => ring.lastTimeUntil(at) > Number.NEGATIVE_INFINITY)

function combine(values: readonly number[], across: Across): number | undefined {
  if (across === 'count') return values.length
  if (values.length === 0) return undefined
  switch (across) {
    case 'min':
      return Math.min(...values)
    case 'max':
      return Math.max(...values)
    case 'sum':
      return sumOf(values)
    case 'mean':
      return sumOf(values) / values.length
    case 'median': {
      const sorted = values.toSorted((a, b) => a - b)
      const middle = sorted.length >> 1
      const upper = sorted[middle] as number
      return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
    }
  }
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)
