import { type Rule as NodeRule, RuleEngine } from 'node-rules'
import type { Condition, Cut, LevelRule, Rule } from '../rule.ts'

/** Values of features and parameters by name; a feature that is unknown is absent or undefined. */
export type Values = Record<string, number | undefined>

/** What the conditions of one rung say: true, false, or undefined for unknown. */
export interface RungVerdict {
  on: boolean | undefined
  off: boolean | undefined
}

// node-rules takes a step by process.nextTick; called at once, `execute` is synchronous and can be used in
// a pure step. The stack then grows with the number of rules in one engine: two per rung, eight at most.
class SynchronousRuleEngine extends RuleEngine {
  override nextTick(callback: () => void): void {
    callback()
  }
}

type Judge = (values: ArrayLike<number>) => boolean | undefined

// What node-rules takes for the fact, and copies twice: the conditions read the placed values.
const NOTHING = {}

/** One rung's conditions over the values of `LadderConditions`. */
interface RungJudges {
  on: Judge
  off: Judge | undefined
}

/**
 * The conditions of a rule's ladder as node-rules rules over the placed values; a consequence only notes
 * which condition held. What it decides follows from what the conditions say, so it is asked once for each combination:
 * of at most eight conditions, three words each.
 */
export class LadderConditions {
  readonly #engine: RuleEngine
  readonly #names: readonly string[]
  /** The values in the order of the names, NaN where unknown. */
  readonly #placed: Float64Array
  readonly #rungs: readonly RungJudges[]
  /** Of all conditions; undefined where some condition compares features with one another. */
  readonly #cuts: readonly Cut[] | undefined
  readonly #featureCount: number
  readonly #held = new Set<string>()
  readonly #unknown = new Set<string>()
  /** Decisions by what the conditions said. */
  readonly #decided = new Map<number, readonly RungVerdict[]>()

  constructor(rule: Rule) {
    this.#names = [...rule.features, ...rule.parameters].map(({ name }) => name)
    this.#placed = new Float64Array(this.#names.length)
    const places = new Map(this.#names.map((name, place) => [name, place]))
    this.#rungs = rule.levels.map(({ on, off }) => ({ on: on.placed(places), off: off?.placed(places) }))
    this.#featureCount = rule.features.length
    const cuts = rule.levels.flatMap(({ on, off }) => [on.cuts(places), off?.cuts(places) ?? []])
    this.#cuts = cuts.every(some => some !== undefined) ? cuts.flat() : undefined
    // A priority of 0 or none breaks node-rules' sorting; a changed fact would start it over.
    const rules = this.#rungs.flatMap(({ on, off }, rung) => [
      this.#conditionRule(`on ${rung}`, on, 2 * rung + 2),
      ...(off ? [this.#conditionRule(`off ${rung}`, off, 2 * rung + 1)] : []),
    ])
    this.#engine = new SynchronousRuleEngine(rules, { ignoreFactChanges: true })
  }

  /**
   * The verdict on every rung. A condition with an unknown feature is unknown, never true and never false.
   *
   * @param previous - the verdicts before; they come back as they are when none has changed, as most readings change none
   */
  judge(values: Values, previous: readonly RungVerdict[]): readonly RungVerdict[] {
    if (this.agree(values, previous)) return previous
    const said = this.#said()
    const verdicts = this.#decided.get(said) ?? this.#decide()
    this.#decided.set(said, verdicts)
    return verdicts
  }

  #decide(): readonly RungVerdict[] {
    this.#held.clear()
    this.#unknown.clear()
    this.#engine.execute(NOTHING, () => {})
    return this.#rungs.map(({ off }, rung) => {
      const on = this.#verdict(`on ${rung}`)
      // Without an off-condition a level ends when its on-condition is false.
      return { on, off: off ? this.#verdict(`off ${rung}`) : on === undefined ? undefined : !on }
    })
  }

  // What every condition says of the placed values, a digit each.
  #said(): number {
    let said = 0
    for (const { on, off } of this.#rungs) {
      said = 3 * said + digitOf(on(this.#placed))
      if (off) said = 3 * said + digitOf(off(this.#placed))
    }
    return said
  }

  /** True where bounds of the features one by one tell that the verdicts stay. */
  get isBounded(): boolean {
    return this.#cuts !== undefined
  }

  /**
   * Writes down for each feature the bounds between which, bounds excluded, it changes no verdict; NaN for the lower one
   * where only the value that it has does not, be it unknown or just that with which it is compared.
   */
  boundsTo(values: Values, low: number[], high: number[]): void {
    this.#place(values)
    for (let feature = 0; feature < this.#featureCount; feature++) {
      low[feature] = Number.isFinite(this.#placed[feature]) ? Number.NEGATIVE_INFINITY : Number.NaN
      high[feature] = Number.POSITIVE_INFINITY
    }
    for (const { place, at } of this.#cuts ?? []) {
      const value = this.#placed[place] as number
      const cut = at(this.#placed)
      if (cut < value) low[place] = Math.max(low[place] as number, cut)
      else if (cut > value) high[place] = Math.min(high[place] as number, cut)
      else if (cut === value) low[place] = Number.NaN
    }
  }

  #place(values: Values): void {
    for (let place = 0; place < this.#names.length; place++)
      this.#placed[place] = values[this.#names[place] as string] ?? Number.NaN
  }

  /** True when these verdicts hold of the values. */
  agree(values: Values, previous: readonly RungVerdict[]): boolean {
    this.#place(values)
    if (previous.length !== this.#rungs.length) return false
    for (let rung = 0; rung < previous.length; rung++) {
      const { on, off } = this.#rungs[rung] as RungJudges
      const before = previous[rung] as RungVerdict
      if (on(this.#placed) !== before.on) return false
      if (off && off(this.#placed) !== before.off) return false
    }
    return true
  }

  #verdict(name: string): boolean | undefined {
    return this.#unknown.has(name) ? undefined : this.#held.has(name)
  }

  #conditionRule(name: string, judge: Judge, priority: number): NodeRule {
    return {
      name,
      priority,
      condition: api => {
        const verdict = judge(this.#placed)
        if (verdict === undefined) this.#unknown.add(name)
        api.when(verdict === true)
      },
      consequence: api => {
        this.#held.add(name)
        api.next()
      },
    }
  }
}

const digitOf = (verdict: boolean | undefined): number => (verdict === undefined ? 2 : Number(verdict))

/**
 * Verdicts that rest on some of the devices only: they may raise an alarm and hold it, but not end it, since what the
 * others would say is not known.
 *
 * @param partial - names of the features that are so
 */
export const withPartial = (
  levels: readonly LevelRule[],
  verdicts: readonly RungVerdict[],
  partial: ReadonlySet<string>,
): RungVerdict[] =>
  verdicts.map((verdict, rung) => {
    const { on, off } = levels[rung] as LevelRule
    const restsOnSome = (condition: Condition): boolean => condition.features.some(name => partial.has(name))
    return {
      on: verdict.on === false && restsOnSome(on) ? undefined : verdict.on,
      off: verdict.off === true && restsOnSome(off ?? on) ? undefined : verdict.off,
    }
  })
