import { Type } from 'typebox'
import type { Findings, Place } from '../findings.ts'
import { hexOf } from '../findings.ts'
import { speakerOf, wireName } from '../wire-name.ts'

/** Fields of a record (RFC 8428, tables 1 and 2) with their labels in CBOR (table 4). */
export const LABELS = {
  bver: -1,
  bn: -2,
  bt: -3,
  bu: -4,
  bv: -5,
  bs: -6,
  n: 0,
  u: 1,
  v: 2,
  vs: 3,
  vb: 4,
  s: 5,
  t: 6,
  ut: 7,
  vd: 8,
} as const
export type Label = keyof typeof LABELS

/** Whether `text` is a field that the standard knows. */
export const isLabel = (text: string): text is Label => Object.hasOwn(LABELS, text)

const WORDS: Record<Label, string> = {
  bver: 'base version',
  bn: 'base name',
  bt: 'base time',
  bu: 'base unit',
  bv: 'base value',
  bs: 'base sum',
  n: 'name',
  u: 'unit',
  v: 'value',
  vs: 'text value',
  vb: 'boolean value',
  s: 'sum',
  t: 'time',
  ut: 'update time',
  vd: 'data value',
}
/** A field's name in words. */
export const wordOf = (label: Label): string => WORDS[label]

/** A record as it came; `vd` is bytes in CBOR and base64url in JSON. */
export type SenmlRecord = { [label in Label]?: unknown }

const isText = (value: unknown): boolean => typeof value === 'string'
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)
const TYPES: Record<Label, (value: unknown) => boolean> = {
  bver: isNumber,
  bn: isText,
  bt: isNumber,
  bu: isText,
  bv: isNumber,
  bs: isNumber,
  n: isText,
  u: isText,
  v: isNumber,
  vs: isText,
  vb: value => typeof value === 'boolean',
  s: isNumber,
  t: isNumber,
  ut: isNumber,
  vd: value => typeof value === 'string' || value instanceof Uint8Array,
}

/** Leaves room for `_sum`. */
const MAX_QUANTITY = 120

/** Times below are seconds from now, above since 1970 (section 4.5.3). */
const ABSOLUTE_FROM_SECONDS = 2 ** 28
/** The newest version of the records (section 4.4). */
const VERSION = 10

/** A record for `encode`, as RFC 8428 writes it in JSON. */
const RecordMessage = Type.Object(
  {
    bver: Type.Optional(Type.Integer({ minimum: 1, maximum: VERSION })),
    bn: Type.Optional(Type.String()),
    bt: Type.Optional(Type.Number()),
    bu: Type.Optional(Type.String()),
    bv: Type.Optional(Type.Number()),
    bs: Type.Optional(Type.Number()),
    n: Type.Optional(Type.String()),
    u: Type.Optional(Type.String()),
    v: Type.Optional(Type.Number()),
    vs: Type.Optional(Type.String()),
    vb: Type.Optional(Type.Boolean()),
    s: Type.Optional(Type.Number()),
    t: Type.Optional(Type.Number()),
    ut: Type.Optional(Type.Number()),
    vd: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]*$', description: 'base64url' })),
  },
  { additionalProperties: false, minProperties: 1 },
)
/** A pack for `encode`. */
export const PackMessage = Type.Array(RecordMessage, { minItems: 1, maxItems: 10_000 })

/** Who a record is of, and what it is called there. */
interface Name {
  /** As the registry looks it up. */
  address: string
  channel: string
  /** As an id and a quantity. */
  device: string
  quantity: string
}

/** Reads the records of one pack in order: base fields hold for those that follow (section 4.1). */
export class Pack {
  readonly #findings: Findings
  readonly #names = new Map<string, Name>()
  #baseName = ''
  #baseTime = 0
  #baseValue = 0
  #baseSum = 0

  constructor(findings: Findings) {
    this.#findings = findings
  }

  /** Reads one record at its place in the message. */
  read(record: SenmlRecord, place: Place): void {
    const wrong = wrongTypeIn(record)
    if (wrong) {
      this.#findings.fault('type', place, `"${wrong}" (${WORDS[wrong]}) is of the wrong type`)
      return
    }
    const { bver, bn, bt, bv, bs, n, v, vs, vb, vd, s } = record as CheckedRecord
    if (bver !== undefined && bver > VERSION) {
      this.#findings.fault('version', place, `version ${bver} is newer than ${VERSION}`)
      return
    }
    if (bn !== undefined) this.#baseName = bn
    if (bt !== undefined) this.#baseTime = bt
    if (bv !== undefined) this.#baseValue = bv
    if (bs !== undefined) this.#baseSum = bs
    if (v === undefined && vs === undefined && vb === undefined && vd === undefined && s === undefined) return
    const name = this.#nameOf(n ?? '')
    if (name === undefined) this.#findings.fault('name', place, 'a value without a name')
    else this.#readValues(record as CheckedRecord, name, place)
  }

  #readValues({ v, vs, vb, vd, s, t: time = 0 }: CheckedRecord, name: Name, place: Place): void {
    const seconds = this.#baseTime + time
    const isFromArrival = seconds < ABSOLUTE_FROM_SECONDS
    const from = isFromArrival ? this.#findings.context.arrivalMs : 0
    const t = seconds === 0 ? undefined : Math.round(from + seconds * 1000)
    const { address, channel, device, quantity } = name
    const measured = (value: number, suffix = ''): void => {
      const mapped = this.#findings.context.channelOf?.(address, channel + suffix)
      this.#findings.measured(
        {
          address: mapped?.device ?? device,
          channel: channel + suffix,
          quantity: mapped?.quantity ?? quantity + suffix,
          v: value,
          t,
          isFromArrival,
        },
        place,
      )
    }
    if (v !== undefined) measured(this.#baseValue + v)
    else if (vb !== undefined) measured(vb ? 1 : 0)
    else if (vs !== undefined || vd !== undefined)
      this.#findings.fact({
        device,
        name: quantity,
        value: vs ?? (typeof vd === 'string' ? vd : hexOf(vd as Uint8Array)),
        ...(t === undefined ? {} : { t }),
      })
    if (s !== undefined) measured(this.#baseSum + s, '_sum')
  }

  #nameOf(name: string): Name | undefined {
    const key = `${this.#baseName}\n${name}`
    const known = this.#names.get(key)
    if (known) return known
    if (this.#baseName + name === '') return
    const [address, channel] = splitName(this.#baseName, name)
    const found = {
      address,
      channel,
      device: wireName(address) || speakerOf(this.#findings.context.topic),
      quantity: wireName(channel).slice(0, MAX_QUANTITY) || 'value',
    }
    this.#names.set(key, found)
    return found
  }
}

/** A record whose fields have the types of the standard. */
interface CheckedRecord {
  bver?: number
  bn?: string
  bt?: number
  bv?: number
  bs?: number
  n?: string
  v?: number
  vs?: string
  vb?: boolean
  vd?: string | Uint8Array
  s?: number
  t?: number
}

function wrongTypeIn(record: SenmlRecord): Label | undefined {
  for (const label in record) {
    const value = record[label as Label]
    if (!TYPES[label as Label](value)) return label as Label
  }
}

/** The path of a resource in LwM2M: of whoever sent it. */
const RESOURCE_PATH = /^(?:\/\d+)+\/?$/
/** RFC 9039: a device by its hardware address or its maker's number. */
const DEVICE_URN = /^(urn:dev:[^:/]+:[^:/_]+)[:/_]*(.*)$/s

/**
 * The device and the quantity of a name, which the standard only joins: the base name is the device where both
 * parts are there; a device URN ends where it says; else the last `/` or `:` divides.
 */
function splitName(base: string, own: string): [address: string, channel: string] {
  const name = base + own
  if (RESOURCE_PATH.test(name)) return ['', name]
  if (base !== '' && own !== '') return [base, own]
  const urn = DEVICE_URN.exec(name)
  if (urn) return [urn[1] as string, urn[2] as string]
  const at = Math.max(name.lastIndexOf('/'), name.lastIndexOf(':'))
  return at < 0 ? ['', name] : [name.slice(0, at), name.slice(at + 1)]
}
