import type { ASTNode } from '@marcbachmann/cel-js'
import type { Fault } from '@picket/devices'
import { didYouMean } from './nearest.ts'

const OPERATIONS: ReadonlySet<string> = new Set(['+', '-', '*', '/', '==', '!=', '<', '<=', '>', '>='])
const ALLOWED = 'a condition knows numbers, names, + - * /, comparisons, && || !, a ? b : c and abs(x)'

/** Thrown within this file only, and turned into a Fault. */
class ExpressionFault extends Error {
  readonly fault: Fault
  constructor(fault: Fault) {
    super(fault.message)
    this.fault = fault
  }
}

/** An expression of doubles, written so that CEL takes it for what the user meant. */
export interface DoubleExpression {
  text: string
  /** The names it reads, each once. */
  names: string[]
}

/**
 * Rewrites a parsed expression so that its types can be checked: whole numbers become doubles (in CEL `speed * 2` is
 * double times int, which does not exist). What is not in the list above is refused: text, lists, macros, `matches`.
 *
 * @param known - names that may be read
 */
export function toDoubles(ast: ASTNode, known: readonly string[]): DoubleExpression | { fault: Fault } {
  const names = new Set<string>()
  try {
    return { text: write(ast, { known, names }), names: [...names] }
  } catch (error) {
    if (error instanceof ExpressionFault) return { fault: error.fault }
    throw error
  }
}

interface Scope {
  known: readonly string[]
  names: Set<string>
}

function write(node: ASTNode, scope: Scope): string {
  switch (node.op) {
    case 'value':
      return writeLiteral(node.args)
    case 'id':
      return writeName(node.args, scope)
    case '!_':
      return `!${write(node.args, scope)}`
    case '-_':
      return `(-${write(node.args, scope)})`
    case '&&':
    case '||':
      return `(${write(node.args[0], scope)} ${node.op} ${write(node.args[1], scope)})`
    case '?:': {
      const [test, yes, no] = node.args
      return `(${write(test, scope)} ? ${write(yes, scope)} : ${write(no, scope)})`
    }
    case 'call':
      if (node.args[0] === 'abs' && node.args[1].length === 1)
        return `abs(${write(node.args[1][0] as ASTNode, scope)})`
      throw refused(`${node.args[0]}(...)`)
    case 'rcall':
      throw refused(`.${node.args[0]}(...)`)
    default:
      return writeOperation(node, scope)
  }
}

function writeOperation(node: ASTNode, scope: Scope): string {
  if (!OPERATIONS.has(node.op)) throw refused(node.op)
  const [left, right] = node.args as [ASTNode, ASTNode]
  if (node.op === '/' && right.op === 'value' && Number(right.args) === 0)
    throw new ExpressionFault({
      code: 'condition-zero',
      message: 'a division by 0 is neither true nor false, ever',
      hint: 'divide by what is not 0, or compare the product instead',
    })
  return `(${write(left, scope)} ${node.op} ${write(right, scope)})`
}

function writeLiteral(value: unknown): string {
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'number' && typeof value !== 'bigint') throw refused(describe(value))
  if (!Number.isFinite(Number(value))) throw refused('a number beyond 1.8e308')
  const text = String(Number(value))
  return /[.e]/.test(text) ? text : `${text}.0`
}

function writeName(name: string, { known, names }: Scope): string {
  if (!known.includes(name))
    throw new ExpressionFault({
      code: 'condition-name',
      message: `"${name}" is neither a feature nor a parameter of this rule`,
      hint: didYouMean(name, known),
    })
  names.add(name)
  return name
}

const refused = (what: string): ExpressionFault =>
  new ExpressionFault({ code: 'condition-refused', message: `${what} is not allowed here`, hint: ALLOWED })

const describe = (value: unknown): string =>
  typeof value === 'string' ? `the text "${value}"` : value === null ? 'null' : 'this kind of value'
