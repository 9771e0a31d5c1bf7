import { isDeepStrictEqual } from 'node:util'
import { Value } from 'typebox/value'
import type { ModelLibrary } from '../model.ts'
import { isName } from '../reading.ts'
import { checkRegistry } from './check-registry.ts'
import { type BadRow, type Entry, KINDS, type Kind, type Row, SCHEMA_OF } from './entry.ts'
import { presentIds } from './former-ids.ts'
import type { Registry } from './registry.ts'

export const ROW_OUTCOMES = ['added', 'changed', 'unchanged', 'refused'] as const

/** What became of a row. */
export interface RowReport {
  row: number
  id: string
  outcome: (typeof ROW_OUTCOMES)[number]
  /** Why it was refused; or the id that it had before. */
  note?: string
}

/** An entry that is new or another one now; `at`: its place in the list, undefined for a new one. */
export interface Touched {
  list: keyof Registry
  at: number | undefined
  entry: Entry
}

interface Placed {
  row: Row
  at: number
  report: RowReport
  /** The entry as it was; undefined for a new one. */
  before: Entry | undefined
}

/**
 * Brings rows into a registry: each is taken as a whole or refused, and the registry that comes out has no fault that the
 * rows brought in. An entry whose `formerly` names a present one is that one under another id.
 *
 * @returns the registry, what was added or changed in it, and a report for each row in their order
 */
export function importRows(
  registry: Registry,
  rows: readonly (Row | BadRow)[],
  models: ModelLibrary,
): { registry: Registry; touched: Touched[]; report: RowReport[] } {
  const result: Registry = {
    sites: [...registry.sites],
    gateways: [...registry.gateways],
    devices: [...registry.devices],
  }
  const placer = new Placer(result)
  const placed: Placed[] = []
  const report = rows.map((row): RowReport => {
    const one: RowReport = { row: row.number, id: row.id, outcome: 'refused' }
    if ('why' in row) return { ...one, note: row.why }
    const found = placer.place(row, one)
    if (typeof found === 'string') return { ...one, note: found }
    placed.push(found)
    return one
  })
  const kept = refuseWhatContradicts(result, placed, models)
  return {
    registry: compacted(result),
    touched: kept
      .filter(({ report: { outcome } }) => outcome !== 'unchanged')
      .map(({ row: { kind }, at, before }) => ({
        list: KINDS[kind],
        at: before === undefined ? undefined : at,
        entry: result[KINDS[kind]][at] as Entry,
      })),
    report,
  }
}

/** Puts rows in their places, one by one. */
class Placer {
  readonly #registry: Registry
  readonly #places = new Map<string, number>()
  readonly #rows = new Map<string, number>()
  /** Present ids by the kind and a former id. */
  readonly #former = new Map<string, string>()

  constructor(registry: Registry) {
    this.#registry = registry
    for (const [kind, list] of Object.entries(KINDS)) {
      registry[list].forEach(({ id }, at) => {
        this.#places.set(`${kind}/${id}`, at)
      })
      for (const [old, id] of presentIds(registry[list])) this.#former.set(`${kind}/${old}`, id)
    }
  }

  /** @returns why the row is refused, or where it stands now */
  place(row: Row, report: RowReport): Placed | string {
    const { kind, id, number, fields } = row
    if (!isName(id))
      return 'an id has 1 to 128 characters, none of / + # or a control character, and no blank at its ends'
    const key = `${kind}/${id}`
    const twice = this.#rows.get(key)
    if (twice !== undefined) return `row ${twice} has this ${kind} already`
    const owner = this.#former.get(key)
    if (owner !== undefined) return `"${id}" is a former id of "${owner}"`
    const list: Entry[] = this.#registry[KINDS[kind]]
    const renamed = this.#places.has(key) ? undefined : this.#renamedBy(row)
    const at = this.#places.get(key) ?? renamed ?? list.length
    const before = list[at]
    const entry = merged(before, id, fields)
    if (renamed !== undefined)
      entry.formerly = [...new Set([...(entry.formerly as string[]), ...(before?.formerly ?? [])])]
    const fault = schemaFault(kind, entry)
    if (fault !== undefined) return fault
    this.#rows.set(key, number)
    this.#places.set(key, at)
    list[at] = entry as Entry
    report.outcome =
      before === undefined ? 'added' : isDeepStrictEqual(before, entry) ? 'unchanged' : 'changed'
    if (renamed !== undefined && before) {
      this.#places.delete(`${kind}/${before.id}`)
      this.#former.set(`${kind}/${before.id}`, id)
      report.note = `it was ${before.id}`
    }
    return { row, at, report, before }
  }

  #renamedBy({ kind, fields }: Row): number | undefined {
    const formerly = fields.get('formerly')
    if (!Array.isArray(formerly)) return undefined
    const keys = formerly.map(id => `${kind}/${id}`)
    const old = keys.find(key => this.#places.has(key) && !this.#rows.has(key))
    return old === undefined ? undefined : this.#places.get(old)
  }
}

function merged(before: Entry | undefined, id: string, fields: Row['fields']): Record<string, unknown> {
  const entry: Record<string, unknown> = { ...before, id }
  for (const [path, value] of fields) {
    const [name = '', inner] = path.split('.')
    if (inner === undefined) set(entry, name, value)
    else {
      const within = { ...(entry[name] as object | undefined) }
      set(within, inner, value)
      set(entry, name, Object.keys(within).length > 0 ? within : undefined)
    }
  }
  return entry
}

function set(target: Record<string, unknown>, name: string, value: unknown): void {
  if (value === undefined) delete target[name]
  // A name such as __proto__ becomes a property like any other, and the schema refuses it.
  else Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true })
}

function schemaFault(kind: Kind, entry: unknown): string | undefined {
  const schema = SCHEMA_OF[kind]
  if (Value.Check(schema, entry)) return undefined
  // An unknown field is told by the entry that does not know it.
  const error = Value.Errors(schema, entry).find(({ keyword }) => keyword !== 'boolean')
  if (error === undefined) return `the ${kind} is wrong`
  const where = error.instancePath.slice(1).replaceAll('/', '.') || `a ${kind}`
  const { additionalProperties: unknown } = error.params as { additionalProperties?: string[] }
  return `${where} ${unknown ? `has no field ${unknown.join(', ')}` : error.message}`
}

// Refusing one row can make another wrong, which named it: so it is looked at again.
function refuseWhatContradicts(registry: Registry, placed: Placed[], models: ModelLibrary): Placed[] {
  const present = new Map(placed.map(one => [`${KINDS[one.row.kind]}/${one.at}`, one]))
  while (present.size > 0) {
    const places = placesOf(registry)
    const faults = checkRegistry(compacted(registry), models)
    if (faults.length === 0) break
    const guilty = new Map(
      faults.flatMap(({ path: [list = '', at = 0], fault }) => {
        const key = `${list}/${places[list as keyof Registry][at as number]}`
        return present.has(key) ? [[key, fault.message] as const] : []
      }),
    )
    // One that is wrong by what a row says, and is in no row: it cannot be said by which.
    const refused =
      guilty.size > 0
        ? [...guilty]
        : [...present.keys()].map(key => [key, faults[0]?.fault.message ?? ''] as const)
    for (const [key, why] of refused) {
      refuse(registry, present.get(key) as Placed, why)
      present.delete(key)
    }
  }
  return [...present.values()]
}

function refuse(registry: Registry, { row, at, before, report }: Placed, why: string): void {
  const list: (Entry | undefined)[] = registry[KINDS[row.kind]]
  list[at] = before
  report.outcome = 'refused'
  report.note = why
}

// New entries that were refused leave holes.
const isThere = <T>(entry: T | undefined): entry is T => entry !== undefined

function compacted({ sites, gateways, devices }: Registry): Registry {
  return {
    sites: sites.filter(isThere),
    gateways: gateways.filter(isThere),
    devices: devices.filter(isThere),
  }
}

/** Where each entry of the compacted lists stands. */
function placesOf({ sites, gateways, devices }: Registry): Record<keyof Registry, number[]> {
  const places = (list: readonly (Entry | undefined)[]): number[] =>
    [...list.keys()].filter(at => list[at] !== undefined)
  return { sites: places(sites), gateways: places(gateways), devices: places(devices) }
}
