import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import type { Fault } from '@picket/devices'
import type { Condition, Feature } from '../rule.ts'
import { type UnitsOfNames, unitsFault } from './condition-units.ts'
import { cutsOf } from './cuts.ts'
import { evaluationOf } from './evaluation.ts'
import { toDoubles } from './expression.ts'

/** Longest condition, in UTF-16 units. */
const LONGEST_CONDITION = 500

// Far below the library's own limits: a condition compares a handful of numbers.
const LIMITS = { maxAstNodes: 300, maxDepth: 40, maxListElements: 0, maxMapEntries: 0, maxCallArguments: 2 }

const BASE = new Environment({ limits: LIMITS }).registerFunction('abs(double): double', Math.abs)

export type ConditionResult = { ok: true; condition: Condition } | { ok: false; fault: Fault }

/** What a condition may read. */
interface NamesOfRule {
  features: readonly string[]
  parameters: readonly string[]
  /** Names that are not in it go with any unit. */
  units?: UnitsOfNames
}

/**
 * Compiles a CEL condition over features and parameters, all of them doubles.
 *
 * Where arithmetic gives no finite number (a division by zero), that part is neither true nor false; the
 * condition is known only if it does not depend on it, as CEL defines for `&&` and `||`.
 *
 * @param text - for example `speed > 2 * creep`
 * @returns the condition, or what is wrong with it in the words of the rule's author; never throws
 */
export function compileCondition(
  text: string,
  { features, parameters, units = new Map() }: NamesOfRule,
): ConditionResult {
  const parsed = parse(text)
  if ('fault' in parsed) return { ok: false, fault: parsed.fault }
  const doubles = toDoubles(parsed.ast, [...features, ...parameters])
  if ('fault' in doubles) return { ok: false, fault: doubles.fault }
  const { names } = doubles
  const read = features.filter(name => names.includes(name))
  if (read.length === 0)
    return fault('condition-constant', `"${text}" reads no feature: it would hold always or never`)
  const environment = BASE.clone()
  for (const name of names) environment.registerVariable(name, 'double')
  const program = environment.parse(doubles.text)
  const checked = program.check()
  if (!checked.valid)
    return fault(
      'condition-type',
      `"${text}" mixes numbers with true and false`,
      'compare two numbers at a time',
    )
  if (checked.type !== 'bool')
    return fault('condition-type', `"${text}" is a number, not a condition`, `compare it: ${text} > 3`)
  const mixed = unitsFault(parsed.ast, text, units)
  if (mixed) return { ok: false, fault: mixed }
  return { ok: true, condition: conditionOf(text.trim(), { ast: parsed.ast, names, features: read }) }
}

function conditionOf(
  text: string,
  { ast, names, features }: { ast: ASTNode; names: readonly string[]; features: readonly string[] },
): Condition {
  const placed = (places: ReadonlyMap<string, number>) => {
    const read = names.map(name => places.get(name) as number)
    const evaluate = evaluationOf(ast, places)
    return (values: ArrayLike<number>): boolean | undefined => {
      for (let at = 0; at < read.length; at++)
        if (!Number.isFinite(values[read[at] as number])) return undefined
      const verdict = evaluate(values)
      return verdict === 1 ? true : verdict === 0 ? false : undefined
    }
  }
  const byName = placed(new Map(names.map((name, at) => [name, at])))
  const test: Condition['test'] = values => byName(names.map(name => values[name] ?? Number.NaN))
  const cuts: Condition['cuts'] = places => cutsOf(ast, { places, features: new Set(features) })
  return { text, features, placed, cuts, test }
}

function parse(text: string): { ast: ASTNode } | { fault: Fault } {
  if (text.length > LONGEST_CONDITION)
    return { fault: { code: 'condition-length', message: `longer than ${LONGEST_CONDITION} characters` } }
  try {
    return { ast: BASE.parse(text).ast }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    if (error.code === 'limit_exceeded')
      return { fault: { code: 'condition-limit', message: `"${text}" is too complicated, or uses a list` } }
    const at = error.range ? ` at character ${error.range.start + 1}` : ''
    const message = `"${text}" cannot be read: ${error.summary.toLowerCase()}${at}`
    return { fault: { code: 'condition-syntax', message, hint: syntaxHint(text) } }
  }
}

function syntaxHint(text: string): string {
  if (/\b(and|or|not)\b/i.test(text)) return 'write && for and, || for or, ! for not'
  if (/[^=!<>]=(?!=)/.test(text)) return 'write == to compare'
  return 'for example: speed > 2 * creep && level >= 3'
}

const fault = (code: string, message: string, hint?: string): ConditionResult => ({
  ok: false,
  fault: hint === undefined ? { code, message } : { code, message, hint },
})

/** True for a name that a condition can read: ASCII, and without a meaning of its own in CEL. */
export function isConditionName(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name) || name in Object.prototype || name === 'abs') return false
  try {
    const program = BASE.clone().registerVariable(name, 'double').parse(`${name} > 0.0`)
    return program.check().valid && program({ [name]: 1 }) === true
  } catch {
    return false
  }
}

/** A straight limit on a quantity, as a chart draws it. */
export interface SimpleThreshold {
  quantity: string
  value: number
  direction: 'above' | 'below'
}

/**
 * The limit that a condition sets on a bare quantity: `level >= 3` or `level > warning`, nothing more.
 *
 * @param features - the features of the condition's rule
 * @param parameters - values of its parameters, at the device where there are any of its own
 */
export function simpleThreshold(
  condition: Condition,
  features: readonly Feature[],
  parameters: Readonly<Record<string, number>>,
): SimpleThreshold | undefined {
  const match = /^(\w+)\s*([<>])=?\s*(-?[\w.]+)$/.exec(condition.text)
  if (!match) return undefined
  const [, name, operator, limit = ''] = match
  const feature = features.find(candidate => candidate.name === name && candidate.detector === 'last')
  const value = Object.hasOwn(parameters, limit) ? parameters[limit] : Number(limit)
  const input = feature?.inputs[0]
  if (!input || input.from || value === undefined || !Number.isFinite(value)) return undefined
  return { quantity: input.quantity, value, direction: operator === '>' ? 'above' : 'below' }
}
