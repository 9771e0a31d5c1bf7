import { Quality, seriesName } from '@picket/devices'
import type { Feature, Rule } from '../rule.ts'
import type { EngineDevice, EngineLimits } from './event.ts'
import type { Member } from './features.ts'
import { QuietScopes, type QuietScopesParts } from './quiet-scopes.ts'
import type { Scope } from './scope.ts'
import { type ScopePlan, sourcesOf } from './scope-plan.ts'
import { Series, type SeriesState } from './series.ts'

/** Who is told of a series' readings. */
export interface Audience {
  /** Rules that watch the device for silence. */
  listeners: readonly Scope[]
  readers: readonly Series[]
}

/** Every series that some rule reads: one per device, quantity and the quality flags that are ignored. */
export class SeriesTable {
  readonly #limits: EngineLimits
  readonly #timers: QuietScopesParts['timers']
  readonly #before: ReadonlyMap<string, SeriesState>
  readonly #series = new Map<string, Series>()
  /** By device, then quantity: no text is made for a reading. */
  readonly #readers = new Map<string, Map<string, Series[]>>()
  /** Those that rules write, by device and quantity. */
  readonly #derived = new Map<string, Series>()

  /** @param before - states of series of before, which are taken up again */
  constructor(of: Pick<QuietScopesParts, 'limits' | 'timers'>, before: ReadonlyMap<string, SeriesState>) {
    this.#limits = of.limits
    this.#timers = of.timers
    this.#before = before
  }

  [Symbol.iterator](): Iterator<Series> {
    return this.#series.values()
  }

  /** Those that take up the readings of a device's quantity. */
  readersOf(device: string, quantity: string): readonly Series[] {
    return this.#readers.get(device)?.get(quantity) ?? NONE
  }

  /** The series that a feature reads, by device. */
  membersOf(rule: Rule, feature: Feature, plan: ScopePlan): Member[] {
    const { afterMs, intervals } = rule.missing
    // A device alone is the scope: its silence makes everything unknown.
    const isAlone = plan.own.length === 1 && feature.inputs.every(({ from }) => from === '')
    return sourcesOf(feature, plan).map(devices => {
      const slowestMs = Math.max(...devices.map(({ intervalMs }) => intervalMs))
      return {
        device: (devices[0] as EngineDevice).id,
        series: devices.map(({ id }, at) =>
          this.#open(id, feature.inputs[at]?.quantity ?? '', ignoredBy(rule)),
        ),
        silentAfterMs: isAlone ? Number.POSITIVE_INFINITY : (afterMs ?? (intervals as number) * slowestMs),
      }
    })
  }

  /**
   * A derived series; to be opened before anybody reads it. It takes up no readings, whatever their quantity is called.
   *
   * @returns undefined where another rule writes it
   */
  openDerived(device: string, quantity: string): Series | undefined {
    const name = seriesName(device, quantity)
    if (this.#derived.has(name)) return undefined
    const series = this.#make(name, [])
    this.#derived.set(name, series)
    return series
  }

  /** From here on a scope is told of the samples of the series that it reads. */
  join(scope: Scope): void {
    for (const series of scope.series) series.scopes.push(scope)
    if (!scope.sight.isAlone || scope.watchesSilence) return
    const [first] = scope.series
    const isSame = ({ series }: QuietScopes): boolean =>
      series.size === scope.series.size && [...series].every(one => scope.series.has(one))
    let group = first?.groups.find(isSame)
    if (!group) {
      group = new QuietScopes({ series: scope.series, limits: this.#limits, timers: this.#timers })
      for (const series of scope.series) series.groups.push(group)
    }
    scope.quiet = group.placeFor(scope)
  }

  state(): Map<string, SeriesState> {
    return new Map([...this.#series].map(([name, series]) => [name, series.state()]))
  }

  #open(device: string, quantity: string, ignored: readonly number[]): Series {
    const name = seriesName(device, quantity)
    // The rule that records has chosen among readings of each quality; nobody has judged what it made of them.
    const known = this.#derived.get(name) ?? this.#series.get(keyOf(name, ignored))
    if (known) return known
    const series = this.#make(name, ignored)
    const ofDevice = this.#readers.get(device) ?? new Map<string, Series[]>()
    this.#readers.set(device, ofDevice)
    ofDevice.set(quantity, [...(ofDevice.get(quantity) ?? []), series])
    return series
  }

  #make(name: string, ignored: readonly number[]): Series {
    const key = keyOf(name, ignored)
    const series = new Series({
      timers: this.#timers,
      maxSamples: this.#limits.maxSamples,
      ignored,
      state: this.#before.get(key),
    })
    this.#series.set(key, series)
    return series
  }
}

const NONE: readonly Series[] = []

const keyOf = (name: string, ignored: readonly number[]): string => [name, ...ignored].join('\n')

/** Quality flags of readings that a rule does not look at, ascending. */
const ignoredBy = ({ quality }: Rule): number[] => [
  ...(quality.notEvaluated === 'ignore' ? [Quality.NOT_EVALUATED] : []),
  ...(quality.suspect === 'ignore' ? [Quality.SUSPECT] : []),
]
