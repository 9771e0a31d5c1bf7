import type { ASTNode } from '@marcbachmann/cel-js'
import { combine, type Fault, isSameKind, ONE, type Unit } from '@picket/devices'

/** Units of the names that a condition reads; undefined where nobody knows. */
export type UnitsOfNames = ReadonlyMap<string, Unit | undefined>

/** What is known of an expression's unit. */
type Measure =
  /** A number that was written down: it goes with anything. */
  | { number: number }
  /** `scale`: the product of the numbers that it was multiplied by, which may be a conversion: `1000 * metres`. */
  | { unit: Unit; scale: number }
  /** A name without a known unit, or true and false. */
  | 'unknown'

/** Thrown within this file only, and turned into a Fault. */
class UnitsError extends Error {
  readonly fault: Fault
  constructor(message: string, hint: string) {
    super(message)
    this.fault = { code: 'condition-units', message, hint }
  }
}

const EQUAL_WITHIN = 1e-9

/**
 * Checks that what a condition compares and adds is of one unit. A number that is written down goes with anything, and
 * a product with one may be a conversion; products and quotients have derived units.
 *
 * @param ast - of a condition that is otherwise sound
 * @param text - that it was parsed from
 * @returns what is in which unit and what would be right; undefined where all fits
 */
export function unitsFault(ast: ASTNode, text: string, units: UnitsOfNames): Fault | undefined {
  try {
    measure(ast, { text, units })
    return undefined
  } catch (error) {
    if (error instanceof UnitsError) return error.fault
    throw error
  }
}

interface Scope {
  text: string
  units: UnitsOfNames
}

function measure(node: ASTNode, scope: Scope): Measure {
  switch (node.op) {
    case 'value':
      return typeof node.args === 'number' || typeof node.args === 'bigint'
        ? { number: Number(node.args) }
        : 'unknown'
    case 'id': {
      const unit = scope.units.get(node.args)
      return unit ? { unit, scale: 1 } : 'unknown'
    }
    case '-_': {
      const inner = measure(node.args, scope)
      return isNumber(inner) ? { number: -inner.number } : inner
    }
    case '!_':
      measure(node.args, scope)
      return 'unknown'
    case 'call':
      return node.args[1].map(argument => measure(argument, scope))[0] ?? 'unknown'
    case '?:': {
      const [test, yes, no] = node.args
      measure(test, scope)
      return alike([yes, no], 'both values of ? : must be in one unit', scope)
    }
    case '*':
    case '/':
      return multiplied(node.op, measure(node.args[0], scope), measure(node.args[1], scope))
    case '+':
    case '-':
      return added(node.op, node.args as [ASTNode, ASTNode], scope)
    case '&&':
    case '||':
      for (const side of node.args) measure(side, scope)
      return 'unknown'
    default:
      alike(node.args as [ASTNode, ASTNode], 'only what is in one unit can be compared', scope)
      return 'unknown'
  }
}

const isNumber = (measure: Measure): measure is { number: number } =>
  typeof measure === 'object' && 'number' in measure

function multiplied(operator: '*' | '/', left: Measure, right: Measure): Measure {
  if (left === 'unknown' || right === 'unknown') return 'unknown'
  const power = operator === '*' ? 1 : -1
  if (isNumber(left) && isNumber(right)) return { number: left.number * right.number ** power }
  if (isNumber(right))
    return { ...(left as { unit: Unit; scale: number }), scale: scaleOf(left) * right.number ** power }
  const a = isNumber(left) ? ONE : left.unit
  const unit = isNumber(left) && power === 1 ? right.unit : combine(a, right.unit, power)
  return { unit, scale: scaleOf(left) * scaleOf(right) ** power }
}

const scaleOf = (measure: Measure): number =>
  measure === 'unknown' ? 1 : 'number' in measure ? measure.number : measure.scale

/** A temperature and a difference of two are told apart: `oil - 10 K` is a temperature, `oil - ambient` is in K. */
function added(operator: '+' | '-', sides: [ASTNode, ASTNode], scope: Scope): Measure {
  const [left, right] = sides.map(side => measure(side, scope)) as [Measure, Measure]
  if (left === 'unknown' || right === 'unknown') return 'unknown'
  if (isNumber(left) && isNumber(right))
    return { number: operator === '+' ? left.number + right.number : left.number - right.number }
  if (isNumber(left)) return right
  if (isNumber(right)) return left
  if (left.unit.point && right.unit.point && operator === '-')
    return {
      unit: { ...left.unit, text: 'K', point: false },
      scale: left.scale === right.scale ? left.scale : 1,
    }
  if (left.unit.point !== right.unit.point && fits(asDifference(left.unit), asDifference(right.unit)))
    return left.unit.point ? left : right
  return alike(sides, `only what is in one unit can be ${operator === '+' ? 'added' : 'subtracted'}`, scope)
}

const asDifference = (unit: Unit): Unit => ({ ...unit, point: false })

const fits = (a: Unit, b: Unit): boolean =>
  a.point === b.point && isSameKind(a, b) && Math.abs(a.factor / b.factor - 1) < EQUAL_WITHIN

/** The unit that both sides have, a number between them taken as a conversion where that is needed. */
function alike(sides: readonly [ASTNode, ASTNode], rule: string, scope: Scope): Measure {
  const [left, right] = sides.map(side => measure(side, scope)) as [Measure, Measure]
  if (left === 'unknown' || right === 'unknown') return 'unknown'
  if (isNumber(left)) return right
  if (isNumber(right)) return left
  for (const a of readings(left))
    for (const b of readings(right)) if (fits(a, b)) return { unit: a, scale: 1 }
  const [a, b] = sides.map(side => textOf(side, scope)) as [string, string]
  throw new UnitsError(
    `${a} is in ${left.unit.text}, ${b} in ${right.unit.text}: ${rule}`,
    wayOut([a, left.unit], [b, right.unit]),
  )
}

// As it is, and as it is if the numbers that it was multiplied by are a conversion.
const readings = ({ unit, scale }: { unit: Unit; scale: number }): Unit[] =>
  scale === 1 || scale === 0 ? [unit] : [unit, { ...unit, factor: unit.factor / scale }]

function wayOut([a, left]: [string, Unit], [b, right]: [string, Unit]): string {
  if (!isSameKind(left, right)) return `these are different things: is "${a}" what you mean, or "${b}"?`
  if (left.point !== right.point) return 'a difference of two temperatures is in K'
  return `1 ${right.text} is ${short(right.factor / left.factor)} ${left.text}: give "${b}" in ${left.text}, or multiply it`
}

const short = (value: number): string => String(Number(value.toPrecision(6)))

const textOf = ({ range }: ASTNode, { text }: Scope): string => text.slice(range.start, range.end).trim()
