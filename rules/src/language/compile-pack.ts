import { type Fault, type FileFault, type ModelLibrary, readYaml, type YamlDocument } from '@picket/devices'
import type { Static } from 'typebox'
import type { Rule } from '../rule.ts'
import { inhibitionFaults } from './alarm-keys.ts'
import { compileRule } from './compile-rule.ts'
import { readUtcOffset } from './compile-season.ts'
import { packSchema, type RuleSource } from './pack-schema.ts'
import { RecordedQuantities } from './recorded-quantities.ts'
import { rewordSchemaFaults } from './schema-faults.ts'

export type PackResult = { ok: true; rules: Rule[] } | { ok: false; faults: FileFault[] }

/** Longest text of one pack, in UTF-16 units. */
const LONGEST_PACK = 1_000_000

/** A pack's text and the name to put into faults. */
export interface PackFile {
  text: string
  file: string
}

/**
 * Compiles a pack of rules.
 *
 * @param text - YAML; see rules/README.md
 * @param file - the name to put into faults
 * @param options.models - what the selected devices can report
 * @returns the rules in the order of the file, or every fault with its line; never throws
 */
export function compilePack(text: string, file: string, { models }: { models: ModelLibrary }): PackResult {
  return compilePacks([{ text, file }], { models })
}

/** Compiles packs that are used together: an id may stand only once in all of them. All or nothing. */
export function compilePacks(files: readonly PackFile[], { models }: { models: ModelLibrary }): PackResult {
  const rules: Rule[] = []
  const faults: FileFault[] = []
  const seen = new Map<string, Place>()
  const read = files.map(readPack)
  const sources = read.flatMap(one => (one.ok ? one.document.value.rules : []))
  const recorded = new RecordedQuantities(sources, models)
  read.forEach((one, at) => {
    const { file } = files[at] as PackFile
    const result = one.ok ? compileDocument(one.document, file, { models, recorded, seen }) : one
    if (result.ok) rules.push(...result.rules)
    else faults.push(...result.faults)
  })
  const placed = ({ rule, fault }: { rule: string; fault: Fault }): FileFault => ({
    ...fault,
    ...(seen.get(rule) as Place),
  })
  // A loop of rules has no units; that would be told of each of them.
  const ofRecords = recorded.faults().map(placed)
  if (ofRecords.length > 0)
    return { ok: false, faults: [...ofRecords, ...faults.filter(({ code }) => code !== 'record-unit')] }
  if (faults.length === 0) faults.push(...inhibitionFaults(rules).map(placed))
  return faults.length > 0 ? { ok: false, faults } : { ok: true, rules }
}

/** Where a rule stands. */
interface Place {
  file: string
  line: number
}

type PackDocument = YamlDocument<Static<typeof packSchema>>

function readPack({
  text,
  file,
}: PackFile): { ok: true; document: PackDocument } | { ok: false; faults: FileFault[] } {
  if (text.length > LONGEST_PACK)
    return {
      ok: false,
      faults: [{ code: 'pack-size', file, line: 1, message: 'longer than 1 MB: make several of it' }],
    }
  const read = readYaml(text, file, packSchema)
  return read.ok ? read : { ok: false, faults: rewordSchemaFaults(read.faults) }
}

/** `seen`: where each rule id stands; grows. */
function compileDocument(
  { value, lineOf }: PackDocument,
  file: string,
  {
    models,
    recorded,
    seen,
  }: { models: ModelLibrary; recorded: RecordedQuantities; seen: Map<string, Place> },
): PackResult {
  const faults: FileFault[] = []
  const utcOffsetMs = readUtcOffset(value.utcOffset, fault =>
    faults.push({ ...fault, file, line: lineOf(['utcOffset']) }),
  )
  const rules = value.rules.map((source: RuleSource, index) => {
    const place = ['rules', index]
    const first = seen.get(source.id)
    const line = lineOf([...place, 'id'])
    if (first) {
      const message = `the rule id "${source.id}" stands already in ${first.file}:${first.line}`
      faults.push({ code: 'rule-twice', file, line, message, hint: 'give every rule an id of its own' })
    } else seen.set(source.id, { file, line })
    return compileRule(value.pack, {
      source,
      utcOffsetMs,
      models,
      recorded,
      report: (path, fault) =>
        faults.push({
          ...fault,
          file,
          line: lineOf([...place, ...path]),
          message: `rule ${source.id}: ${fault.message}`,
        }),
    })
  })
  return faults.length > 0 ? { ok: false, faults } : { ok: true, rules }
}
