import { deserialize, serialize } from 'node:v8'

/** Some entries of a map that stands at a path of a state. */
interface Part {
  path: readonly string[]
  entries: [unknown, unknown][]
}

// The longest entry, a series with all samples that may be kept, takes some megabytes; SQLite takes 1000 of them a value.
const ENTRIES_PER_PART = 16

/**
 * Cuts a state, plain objects that hold maps, into pieces that each fit into a row whatever the size of the whole: what is
 * left when its maps are empty, and the maps' entries, some at a time. They are made one by one, so that the memory that
 * is needed beside the state is that of one piece.
 */
export function cutState(state: object): { rest: Buffer; parts: Iterable<Buffer> } {
  const maps: { path: string[]; map: ReadonlyMap<unknown, unknown> }[] = []
  const rest = serialize(withoutMaps(state, [], maps))
  return { rest, parts: partsOf(maps) }
}

/** The state again, from what `cutState` gave. */
export function joinState(rest: Buffer, parts: Iterable<Buffer>): unknown {
  const state = deserialize(rest)
  for (const body of parts) {
    const { path, entries } = deserialize(body) as Part
    const map = path.reduce((within, name) => within[name], state) as Map<unknown, unknown>
    for (const [key, value] of entries) map.set(key, value)
  }
  return state
}

function withoutMaps(
  value: unknown,
  path: string[],
  maps: { path: string[]; map: ReadonlyMap<unknown, unknown> }[],
): unknown {
  if (value instanceof Map) {
    maps.push({ path, map: value })
    return new Map()
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withoutMaps(inner, [...path, name], maps)]),
  )
}

function* partsOf(maps: readonly { path: string[]; map: ReadonlyMap<unknown, unknown> }[]): Iterable<Buffer> {
  for (const { path, map } of maps) {
    let entries: Part['entries'] = []
    for (const entry of map) {
      entries.push(entry)
      if (entries.length < ENTRIES_PER_PART) continue
      yield serialize({ path, entries })
      entries = []
    }
    if (entries.length > 0) yield serialize({ path, entries })
  }
}
