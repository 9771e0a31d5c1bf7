import type { ASTNode } from '@marcbachmann/cel-js'

/** Values by their places; NaN where there is none. */
type PlacedValues = ArrayLike<number>

/**
 * An expression as a function. True is 1, false is 0, and NaN is what has no value: a name without one, and
 * arithmetic without a finite result (in CEL 1/0 is infinite, and `!(0/0 <= 3)` is true).
 */
export type Evaluate = (values: PlacedValues) => number

type Binary = (left: Evaluate, right: Evaluate) => Evaluate

const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN)

// A comparison with NaN is neither true nor false; `&&` and `||` are known where one side decides alone.
const BINARY: Readonly<Record<string, Binary>> = {
  '+': (left, right) => values => finite(left(values) + right(values)),
  '-': (left, right) => values => finite(left(values) - right(values)),
  '*': (left, right) => values => finite(left(values) * right(values)),
  '/': (left, right) => values => finite(left(values) / right(values)),
  '<': (left, right) => values => isLess(left(values), right(values)),
  '>': (left, right) => values => isLess(right(values), left(values)),
  '<=': (left, right) => values => 1 - isLess(right(values), left(values)),
  '>=': (left, right) => values => 1 - isLess(left(values), right(values)),
  '==': (left, right) => values => isEqual(left(values), right(values)),
  '!=': (left, right) => values => 1 - isEqual(left(values), right(values)),
  '&&': (left, right) => values => {
    const first = left(values)
    if (first === 0) return 0
    const second = right(values)
    return second === 0 ? 0 : first * second
  },
  '||': (left, right) => values => {
    const first = left(values)
    if (first === 1) return 1
    const second = right(values)
    return second === 1 ? 1 : first + second
  },
}

const isLess = (a: number, b: number): number => (a < b ? 1 : a >= b ? 0 : Number.NaN)
const isEqual = (a: number, b: number): number => (a === b ? 1 : a < b || a > b ? 0 : Number.NaN)

/**
 * Makes a function of an expression that CEL has parsed and found to be well typed, and that `toDoubles` has
 * accepted: CEL's interpreter takes some twenty times as long, and conditions are most of a rule's work.
 *
 * @param places - the place of each value, by name
 */
export function evaluationOf(node: ASTNode, places: ReadonlyMap<string, number>): Evaluate {
  switch (node.op) {
    case 'value': {
      const value = Number(node.args)
      return () => value
    }
    case 'id': {
      const place = places.get(node.args) as number
      return values => values[place] as number
    }
    case '!_': {
      const operand = evaluationOf(node.args, places)
      return values => 1 - operand(values)
    }
    case '-_': {
      const operand = evaluationOf(node.args, places)
      return values => -operand(values)
    }
    case '?:': {
      const [test, yes, no] = node.args.map(part => evaluationOf(part, places)) as [
        Evaluate,
        Evaluate,
        Evaluate,
      ]
      return values => {
        const decided = test(values)
        return decided === 1 ? yes(values) : decided === 0 ? no(values) : Number.NaN
      }
    }
    case 'call': {
      const operand = evaluationOf(node.args[1][0] as ASTNode, places)
      return values => Math.abs(operand(values))
    }
    default: {
      const [left, right] = node.args as [ASTNode, ASTNode]
      return (BINARY[node.op] as Binary)(evaluationOf(left, places), evaluationOf(right, places))
    }
  }
}
