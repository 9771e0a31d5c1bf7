import type { DeviceModel } from '../../model.ts'
import { timeOf } from '../calendar-time.ts'
import { type Codec, type CodecContext, type Decoded, MAX_READINGS_PER_MESSAGE } from '../codec.ts'
import { withoutDescription } from '../described.ts'
import { Findings, type Place } from '../findings.ts'
import { brief, parseJson } from '../json-text.ts'
import { scaledBy } from '../numbers.ts'
import { speakerOf, wireName } from '../wire-name.ts'
import type { JsonMapping } from './mapping.ts'
import { itemsAt, type Path, parsePath, valueAt } from './path.ts'

const NAME = 'json'
/** More items than readings are allowed would only make work. */
const MAX_ITEMS = MAX_READINGS_PER_MESSAGE

interface What {
  quantity?: string
  fact?: string
  scale?: number
  add?: number
  missing?: number
}

/** A mapping with its paths parsed. */
interface Compiled {
  each: Path | undefined
  device: Path | undefined
  time: { path: Path; as: string; zone?: string } | undefined
  values: { path: Path; text: string; what: What }[]
  named: { name: Path; value: Path; names: ReadonlyMap<string, What> } | undefined
}

/** Reads JSON of any shape as the `json` of a device model says. */
export function createJson(model?: Pick<DeviceModel, 'json'>): Codec {
  if (!model?.json) return withoutDescription(NAME, 'json')
  const mapping = compile(model.json)
  return {
    name: NAME,
    decode: (payload: Uint8Array, context: CodecContext): Decoded => {
      const findings = new Findings(NAME, context)
      const whole = { offset: 0, lengthBytes: payload.length }
      const parsed = parseJson(payload)
      if (parsed.ok) readItems(parsed.value, mapping, { findings, whole })
      else findings.refused({ code: `${NAME}-syntax`, ...parsed.fault })
      return findings.decoded
    },
  }
}

function compile({ each, device, time, values = [], named }: JsonMapping): Compiled {
  // The model was checked: its paths are some.
  const path = (text: string): Path => parsePath(text) as Path
  return {
    each: each === undefined ? undefined : path(each),
    device: device === undefined ? undefined : path(device),
    time: time && { ...time, path: path(time.path) },
    values: values.map(({ path: text, ...what }) => ({ path: path(text), text, what })),
    named: named && {
      name: path(named.name),
      value: path(named.value),
      names: new Map(Object.entries(named.names)),
    },
  }
}

function readItems(
  message: unknown,
  mapping: Compiled,
  { findings, whole }: { findings: Findings; whole: Place },
): void {
  const steps = mapping.each && 'steps' in mapping.each ? mapping.each.steps : []
  let count = 0
  for (const { item, stars } of itemsAt(message, steps)) {
    if (++count > MAX_ITEMS) {
      findings.fault('length', whole, `more than ${MAX_ITEMS} items`)
      return
    }
    new Item({ message, item, stars }, { findings, whole }).read(mapping)
  }
  if (count === 0) findings.fault('empty', whole, 'the message has no item where "each" says')
}

/** An item, the message around it, and the keys that the stars of `each` stood for. */
interface Where {
  message: unknown
  item: unknown
  stars: readonly string[]
}

/** One item of a message, and what its paths lead to. */
class Item {
  readonly #at: Where
  readonly #findings: Findings
  readonly #whole: Place

  constructor(at: Where, { findings, whole }: { findings: Findings; whole: Place }) {
    this.#at = at
    this.#findings = findings
    this.#whole = whole
  }

  read({ device: who, time, values, named }: Compiled): void {
    const findings = this.#findings
    const said = who === undefined ? undefined : this.#value(who)
    const device = who === undefined ? speakerOf(findings.context.topic) : wireName(textOf(said))
    if (device === '') {
      findings.fault('device', this.#whole, `${brief(said)} is no name of a device`)
      return
    }
    let t: number | undefined
    if (time) {
      const text = this.#value(time.path)
      t = timeOf(textOf(text), time)
      if (Number.isNaN(t)) {
        findings.fault('time', this.#whole, `${brief(text)} is no time`)
        return
      }
    }
    const found = values.filter(({ path, what }) => {
      const value = this.#value(path)
      if (value === undefined) return false
      this.#tell(value, what, { device, t })
      return true
    })
    if (named) this.#readNamed(named, { device, t })
    else if (found.length === 0)
      findings.fault(
        'value',
        this.#whole,
        `there is none of ${values
          .map(({ text }) => text)
          .join(', ')
          .slice(0, 200)}`,
      )
  }

  #value(path: Path): unknown {
    if ('star' in path) return this.#at.stars[path.star]
    return valueAt(path.fromWhole ? this.#at.message : this.#at.item, path.steps)
  }

  #readNamed({ name: where, value: path, names }: NonNullable<Compiled['named']>, of: Speaker): void {
    const name = textOf(this.#value(where))
    const value = this.#value(path)
    if (name === '' || value === undefined)
      this.#findings.fault('value', this.#whole, `an item without ${name === '' ? 'a name' : 'a value'}`)
    else this.#tell(value, names.get(name) ?? { fact: wireName(name) || 'unnamed' }, of)
  }

  #tell(value: unknown, what: What, { device, t }: Speaker): void {
    const findings = this.#findings
    const name = what.quantity ?? (what.fact as string)
    const at = t === undefined ? {} : { t }
    const raw = numberOf(value)
    if (value === null || value === '' || (raw !== undefined && raw === what.missing))
      findings.fact({ device, name, value: 'missing', ...at })
    else if (what.quantity === undefined) {
      findings.fact({ device, name, value: raw ?? textOfFact(value as string | object), ...at })
    } else if (raw === undefined)
      findings.fault('value', this.#whole, `${name}: ${brief(value)} is no number`)
    else
      findings.measured(
        { address: device, channel: name, quantity: name, v: scaledBy(raw, what), ...at },
        this.#whole,
      )
  }
}

interface Speaker {
  device: string
  t: number | undefined
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : ''

/** Texts of objects and arrays: what the whole message says once may be a fact of each of its items. */
const texts = new WeakMap<object, string>()

function textOfFact(value: string | object): string {
  if (typeof value === 'string') return value
  const text = texts.get(value) ?? JSON.stringify(value)
  texts.set(value, text)
  return text
}

/** A number, also one that is written as a text; true and false are 1 and 0. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)) return
  return Number(value)
}
