import { escape as lineEscape } from '@influxdata/influxdb-client'
import { qualityOf, seriesName } from '@picket/devices'
import type { DerivedValue } from '../ports.ts'

/** The measurement of all readings. */
export const MEASUREMENT = 'reading'

/** In the field `quality`, which holds QARTOD's flags otherwise: the value was taken back and is none. */
export const TAKEN_BACK = 0

/** What is known of a device beside its id; absent where the registry does not know it. */
export interface DeviceTags {
  site?: string
  model?: string
}

// More series than this: their beginnings of lines are made anew.
const MAX_PREFIXES = 100_000
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/**
 * A name as a tag value. Line protocol cannot say every text: a newline ends the line, a backslash before a blank or at
 * the end is an escape, and the client writes a newline as the two characters that another name may hold. These, and `%`
 * so that it is one to one, become `%` and hexadecimal digits; all other names stay as they are.
 */
export function nameToTag(name: string): string {
  return name
    .replace(/[%\\\p{Cc}]/gu, one => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(LONE_SURROGATE, one => `%u${one.charCodeAt(0).toString(16)}`)
}

/** The name that a tag value stands for. */
export function tagToName(tag: string): string {
  return tag.replace(/%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/g, (_, long: string | undefined, short: string) =>
    String.fromCharCode(Number.parseInt(long ?? short, 16)),
  )
}

/** Makes lines (https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/), with times in ms. */
export class LineWriter {
  readonly #prefixes = new Map<string, string>()
  #tags: ReadonlyMap<string, DeviceTags> = new Map()

  /** From now on devices have these tags. */
  describe(tags: ReadonlyMap<string, DeviceTags>): void {
    this.#tags = tags
    this.#prefixes.clear()
  }

  line({ device, quantity, t, v, q }: DerivedValue): string {
    const prefix = this.#prefix(device, quantity)
    if (v === null) return `${prefix} quality=${TAKEN_BACK}i ${t}`
    return `${prefix} value=${v},quality=${qualityOf(q)}i,marks=${q & ~0x0f}i ${t}`
  }

  // Tags in the order of their names, as servers want them.
  #prefix(device: string, quantity: string): string {
    const name = seriesName(device, quantity)
    const known = this.#prefixes.get(name)
    if (known !== undefined) return known
    const { site, model } = this.#tags.get(device) ?? {}
    const tags = Object.entries({ device, model, quantity, site })
    const prefix = tags.reduce(
      (text, [key, value]) => (value ? `${text},${key}=${lineEscape.tag(nameToTag(value))}` : text),
      MEASUREMENT,
    )
    if (this.#prefixes.size >= MAX_PREFIXES) this.#prefixes.clear()
    this.#prefixes.set(name, prefix)
    return prefix
  }
}
