import { parseDocument } from 'yaml'
import type { Touched } from './import-rows.ts'

/** The text of a registry file with entries put in; what a person wrote beside the others, comments too, stays. */
export function withEntries(text: string, touched: readonly Touched[]): string {
  const document = parseDocument(text)
  for (const { list, at, entry } of touched) {
    if (at === undefined) document.addIn([list], document.createNode(entry))
    else document.setIn([list, at], document.createNode(entry))
  }
  return document.toString({ lineWidth: 120 })
}
