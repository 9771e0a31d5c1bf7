import type { Codec, CodecContext, Decoded, Field } from '../codec.ts'
import { Findings, type Place } from '../findings.ts'
import { speakerOf } from '../wire-name.ts'
import { encode, NAME } from './encode.ts'
import { FRACTION, resourceOf, TIMESTAMP } from './objects.ts'
import { type Tlv, tlvAt } from './tlv.ts'
import { readValue } from './values.ts'

/** A value that belongs to a resource, alone or as one of several. */
interface Held {
  id: number
  /** Where a resource has several values, the number of this one. */
  instance?: number
  bytes: Uint8Array
  place: Place
}

/** Where in a device's tree the message stands. */
interface Path {
  object: number | undefined
  instance: number
}

/**
 * LwM2M TLV as devices report it through operators' platforms. The message does not say of which object it is: a
 * topic that ends with the path does (`sensors/node-1/3303/0`).
 */
export const lwm2mTlv: Codec = {
  name: NAME,
  decode(payload: Uint8Array, context: CodecContext, fields?: Field[]): Decoded {
    const findings = new Findings(NAME, context, fields)
    findings.enter(payload, 0)
    new TlvMessage(payload, findings).read()
    return findings.decoded
  },
  encode,
}

/** The path at the end of a topic: object, and instance where it is there. */
function pathOf(topic: string): Path {
  const [, object, instance] = /\/(\d{1,5})(?:\/(\d{1,5})(?:\/\d{1,5}){0,2})?$/.exec(topic) ?? []
  return { object: object === undefined ? undefined : Number(object), instance: Number(instance ?? 0) }
}

class TlvMessage {
  readonly #bytes: Uint8Array
  readonly #findings: Findings
  readonly #device: string

  constructor(bytes: Uint8Array, findings: Findings) {
    this.#bytes = bytes
    this.#findings = findings
    this.#device = speakerOf(findings.context.topic)
  }

  read(): void {
    const path = pathOf(this.#findings.context.topic)
    if (this.#bytes.length === 0)
      this.#findings.fault('cut-off', { offset: 0, lengthBytes: 0 }, 'there is no entry')
    const resources: Held[] = []
    for (const entry of this.#entries(0, this.#bytes.length)) {
      if (entry.kind === 'object instance') {
        this.#show(entry, '')
        const held: Held[] = []
        for (const inner of this.#entries(entry.valueOffset, entry.end)) this.#hold(inner, path.object, held)
        this.#tell(held, { object: path.object, instance: entry.id })
      } else this.#hold(entry, path.object, resources)
    }
    this.#tell(resources, path)
    const whole = { offset: 0, lengthBytes: this.#bytes.length }
    this.#findings.refuseSilence(whole, 'there is no resource')
  }

  /** The entries between two offsets, up to one that is broken. */
  *#entries(begin: number, end: number): Generator<Tlv> {
    for (let at = begin; at < end; ) {
      const entry = tlvAt(this.#bytes, at, end)
      if ('message' in entry) {
        this.#findings.fault('cut-off', entry, entry.message)
        return
      }
      yield entry
      at = entry.end
    }
  }

  #hold(entry: Tlv, object: number | undefined, held: Held[]): void {
    const name = resourceOf(object, entry.id)?.name ?? ''
    if (entry.kind === 'resource') {
      this.#show(entry, name)
      held.push({ id: entry.id, ...this.#valueIn(entry) })
    } else if (entry.kind === 'multiple resource') {
      this.#show(entry, name)
      for (const inner of this.#entries(entry.valueOffset, entry.end)) {
        if (inner.kind !== 'resource instance') this.#refuse(inner, 'a multiple resource')
        else {
          this.#show(inner, name)
          held.push({ id: entry.id, instance: inner.id, ...this.#valueIn(inner) })
        }
      }
    } else this.#refuse(entry, entry.kind === 'object instance' ? 'an object instance' : 'this place')
  }

  #valueIn({ valueOffset, end }: Tlv): Pick<Held, 'bytes' | 'place'> {
    return {
      bytes: this.#bytes.subarray(valueOffset, end),
      place: { offset: valueOffset, lengthBytes: end - valueOffset },
    }
  }

  #refuse({ kind, id, offset, end }: Tlv, where: string): void {
    this.#findings.fault(
      'place',
      { offset, lengthBytes: end - offset },
      `${kind} ${id} does not belong in ${where}`,
    )
  }

  #show({ kind, id, offset, valueOffset }: Tlv, name: string): void {
    if (!this.#findings.looking) return
    this.#findings.field(
      kind,
      { offset, lengthBytes: valueOffset - offset },
      name === '' ? String(id) : `${id}, ${name}`,
    )
  }

  /** The values of one object instance; a time among them is the time of all. */
  #tell(held: readonly Held[], path: Path): void {
    const numberOf = (id: number, type: 'time' | 'float'): number | undefined => {
      const found = held.find(resource => resource.id === id && resource.instance === undefined)
      return found && (readValue(found.bytes, type) as number | undefined)
    }
    const isSensor = path.object === undefined || path.object >= 3200
    const seconds = isSensor ? numberOf(TIMESTAMP, 'time') : undefined
    const t =
      seconds === undefined ? undefined : Math.round(1000 * (seconds + (numberOf(FRACTION, 'float') ?? 0)))
    for (const resource of held) this.#tellResource(resource, { path, t })
  }

  #tellResource(
    { id, instance, bytes, place }: Held,
    { path, t }: { path: Path; t: number | undefined },
  ): void {
    const findings = this.#findings
    const known = resourceOf(path.object, id)
    const ofMany = instance === undefined ? [] : [instance]
    const name = [
      known?.name ?? `resource_${id}`,
      ...(path.instance > 0 ? [path.instance] : []),
      ...ofMany,
    ].join('_')
    const channel = [path.object ?? 'object', path.instance, id, ...ofMany].join('.')
    const value = readValue(bytes, known?.type ?? 'data')
    if (value === undefined) {
      findings.fault('value', place, `${bytes.length} bytes are no ${known?.type} for ${name}`)
      return
    }
    const at = t === undefined ? {} : { t }
    const v = typeof value === 'number' ? value / (known?.divisor ?? 1) : undefined
    if (findings.looking)
      findings.field('value', place, v === undefined ? shown(value) : String(v), known?.unit)
    if (v !== undefined && known?.unit !== undefined)
      findings.measured({ address: this.#device, channel, quantity: name, v, ...at }, place)
    else findings.fact({ device: this.#device, name, value: v ?? value, ...at })
  }
}

const shown = (value: number | string): string => String(value).slice(0, 200)
