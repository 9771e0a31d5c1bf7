import type { ParameterValue } from '@picket/devices'
import type { Parameter, Rule, SeasonalValue } from '../rule.ts'
import { isInSeason, isYearly, nextSeasonChange, parseSeasonRange, type SeasonRange } from '../season.ts'

/** Values of parameters by name, the one that goes before the others first. */
export type Overrides = readonly Readonly<Record<string, ParameterValue>>[]

/** What a rule's calendar says at an instant: whether it is in force, and the values of its parameters. */
export class Calendar {
  readonly #rule: Rule
  readonly #parameters: readonly Parameter[]
  readonly #ranges: readonly SeasonRange[]
  // What was said last holds from #from on, up to #until.
  #from = Number.POSITIVE_INFINITY
  #until = Number.NEGATIVE_INFINITY
  #isInForce = true
  #values: Record<string, number> = {}

  constructor(rule: Rule, overrides: Overrides) {
    this.#rule = rule
    this.#parameters = rule.parameters.map(parameter => withOverride(parameter, overrides))
    this.#ranges = [
      ...rule.season,
      ...this.#parameters.flatMap(({ seasons }) => seasons.map(({ range }) => range)),
    ]
    if (this.#ranges.length > 0) return
    this.#moveTo(0)
    this.#from = Number.NEGATIVE_INFINITY
  }

  /** True where what was said last does not hold at `t`. */
  turnsAt(t: number): boolean {
    return t < this.#from || t >= this.#until
  }

  /** True when the rule is in force at `t`, ms UTC. */
  isInForce(t: number): boolean {
    this.#moveTo(t)
    return this.#isInForce
  }

  /** The values of the rule's parameters at `t`. */
  values(t: number): Readonly<Record<string, number>> {
    this.#moveTo(t)
    return this.#values
  }

  /** The next instant after `t` at which any of it may change; Infinity when none does. */
  next(t: number): number {
    this.#moveTo(t)
    return this.#until
  }

  #moveTo(t: number): void {
    if (!this.turnsAt(t)) return
    const { season, utcOffsetMs } = this.#rule
    this.#from = t
    this.#until = nextSeasonChange(this.#ranges, t, utcOffsetMs)
    this.#isInForce = season.length === 0 || isInSeason(season, t, utcOffsetMs)
    this.#values = Object.fromEntries(
      this.#parameters.map(parameter => [parameter.name, valueAt(parameter, t, utcOffsetMs)]),
    )
  }
}

/** The value of a parameter at `t`, ms UTC. */
function valueAt({ value, seasons }: Parameter, t: number, utcOffsetMs: number): number {
  const now = seasons.filter(({ range }) => isInSeason([range], t, utcOffsetMs))
  return (now.find(({ range }) => !isYearly(range)) ?? now[0])?.value ?? value
}

/** The values of a rule's parameters at `t`, ms UTC. */
export const parametersAt = (rule: Rule, overrides: Overrides, t: number): Readonly<Record<string, number>> =>
  new Calendar(rule, overrides).values(t)

/** A parameter with the value that a device or its site has of its own; its seasons then are its own too. */
function withOverride(parameter: Parameter, overrides: Overrides): Parameter {
  const own = overrides.find(({ [parameter.name]: value }) => value !== undefined)?.[parameter.name]
  if (own === undefined) return parameter
  return typeof own === 'number'
    ? { ...parameter, value: own, seasons: [] }
    : { ...parameter, value: own.value, seasons: seasonalValues(own.seasons) }
}

const seasonalValues = (source: Readonly<Record<string, number>>): SeasonalValue[] =>
  Object.entries(source).flatMap(([text, value]) => {
    const range = parseSeasonRange(text)
    return range ? [{ range, value }] : []
  })
