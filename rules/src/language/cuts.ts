import type { ASTNode } from '@marcbachmann/cel-js'
import type { Cut } from '../rule.ts'
import { type Evaluate, evaluationOf } from './evaluation.ts'

const COMPARISONS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '==', '!='])
const LOGIC: ReadonlySet<string> = new Set(['&&', '||', '!_'])

interface Names {
  places: ReadonlyMap<string, number>
  features: ReadonlySet<string>
}

/**
 * The numbers with which a condition compares its features one by one: while each feature stays where it is among its
 * numbers, no comparison changes, and so the condition says the same.
 *
 * @param ast - of a condition that CEL has found to be well typed
 * @returns undefined where a feature is compared otherwise: with another feature, or within a sum
 */
export function cutsOf(ast: ASTNode, names: Names): Cut[] | undefined {
  const cuts: Cut[] = []
  return collect(ast, names, cuts) ? cuts : undefined
}

function collect(node: ASTNode, names: Names, cuts: Cut[]): boolean {
  if (node.op === 'value') return true
  if (COMPARISONS.has(node.op)) {
    const [left, right] = node.args as [ASTNode, ASTNode]
    if (isLogical(left)) return collect(left, names, cuts) && collect(right, names, cuts)
    return compare(left, right, { names, cuts }) || compare(right, left, { names, cuts })
  }
  return partsOf(node).every(part => collect(part, names, cuts))
}

// A feature, or its distance from 0, on one side; on the other a number that no feature goes into.
function compare(side: ASTNode, other: ASTNode, { names, cuts }: { names: Names; cuts: Cut[] }): boolean {
  if (readsFeature(other, names)) return false
  if (!readsFeature(side, names)) return true
  const at = evaluationOf(other, names.places)
  if (side.op === 'id') return add(side.args, [at])
  const [inner] = side.op === 'call' ? side.args[1] : []
  return inner?.op === 'id' && add(inner.args, [at, values => -at(values)])

  function add(name: string, numbers: readonly Evaluate[]): boolean {
    const place = names.places.get(name) as number
    for (const number of numbers) cuts.push({ place, at: number })
    return true
  }
}

const isLogical = (node: ASTNode): boolean =>
  COMPARISONS.has(node.op) ||
  LOGIC.has(node.op) ||
  (node.op === 'value' && typeof node.args === 'boolean') ||
  (node.op === '?:' && isLogical(node.args[1]))

const readsFeature = (node: ASTNode, names: Names): boolean =>
  node.op === 'id' ? names.features.has(node.args) : partsOf(node).some(part => readsFeature(part, names))

function partsOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '!_':
    case '-_':
      return [node.args]
    case 'call':
      return node.args[1]
    default:
      return node.args as ASTNode[]
  }
}
