import type { DeviceModel } from '../../model.ts'
import { isName } from '../../reading.ts'
import type { Codec, CodecContext, Decoded, Field } from '../codec.ts'
import { withoutDescription } from '../described.ts'
import { Findings, hexOf, type Place } from '../findings.ts'
import { readNumber, scaledBy, sizeOf } from '../numbers.ts'
import { speakerOf, wireName } from '../wire-name.ts'
import type { Layout, LayoutField } from './layout.ts'

const NAME = 'binary-layout'

/** Reads messages as the `layout` of a device model says. */
export function createBinaryLayout(model?: Pick<DeviceModel, 'layout' | 'quantities'>): Codec {
  const layout = model?.layout
  if (!layout) return withoutDescription(NAME, 'layout')
  const unitOf = (quantity: string): string | undefined => model.quantities[quantity]?.unit
  return {
    name: NAME,
    decode: (payload: Uint8Array, context: CodecContext, fields?: Field[]): Decoded => {
      const findings = new Findings(NAME, context, fields)
      findings.enter(payload, 0)
      if (isOfLayout(payload, layout, findings)) readMessage(payload, layout, { findings, unitOf })
      return findings.decoded
    },
  }
}

/** Whether length and first bytes are those of the layout, and a fault where they are not. */
function isOfLayout(payload: Uint8Array, { lengthBytes, starts = '' }: Layout, findings: Findings): boolean {
  const whole = { offset: 0, lengthBytes: payload.length }
  if (lengthBytes !== undefined && payload.length !== lengthBytes) {
    findings.fault('length', whole, `${payload.length} bytes; the layout has ${lengthBytes}`)
    return false
  }
  const found = hexOf(payload, 0, starts.length / 2)
  if (found === starts.toUpperCase()) return true
  findings.fault(
    'start',
    { offset: 0, lengthBytes: found.length / 2 },
    `begins with ${found}, not with ${starts}`,
  )
  return false
}

function readMessage(
  payload: Uint8Array,
  layout: Layout,
  { findings, unitOf }: { findings: Findings; unitOf(quantity: string): string | undefined },
): void {
  const { device: who, time, order = 'big' } = layout
  let device = speakerOf(findings.context.topic)
  if (who) {
    const place = placeOf(payload, who.offset, who.lengthBytes, findings)
    if (!place) return
    const bytes = payload.subarray(place.offset, place.offset + place.lengthBytes)
    const text = who.as === 'hex' ? hexOf(bytes) : wireName(Buffer.from(bytes).toString('latin1'))
    findings.field('device', place, text)
    if (!isName(text)) {
      findings.fault('device', place, 'no name of a device')
      return
    }
    device = text
  }
  let t: number | undefined
  if (time) {
    const place = placeOf(payload, time.offset, sizeOf(time.type), findings)
    if (!place) return
    t = Math.round(
      readNumber(payload, place.offset, time.type, time.order ?? order) * (time.unit === 's' ? 1000 : 1),
    )
    findings.field('time', place, Math.abs(t) < 8e15 ? new Date(t).toISOString() : 'no time')
  }
  for (const field of layout.fields) {
    const place = placeOf(payload, field.offset, sizeOf(field.type), findings)
    if (!place) continue
    const raw = bitsOf(readNumber(payload, place.offset, field.type, field.order ?? order), field)
    const name = field.quantity ?? (field.fact as string)
    const v = raw === field.missing ? undefined : scaledBy(raw, field)
    if (findings.looking) findings.field(name, place, v === undefined ? 'missing' : String(v), unitOf(name))
    if (v === undefined) findings.fact({ device, name, value: 'missing', ...(t === undefined ? {} : { t }) })
    else if (field.quantity === undefined)
      findings.fact({ device, name, value: v, ...(t === undefined ? {} : { t }) })
    else findings.measured({ address: device, channel: name, quantity: name, v, t }, place)
  }
}

/** Where a field lies; undefined, and a fault, where the message ends before. */
function placeOf(
  payload: Uint8Array,
  offset: number,
  lengthBytes: number,
  findings: Findings,
): Place | undefined {
  const begin = offset < 0 ? payload.length + offset : offset
  if (begin >= 0 && begin + lengthBytes <= payload.length) return { offset: begin, lengthBytes }
  findings.fault(
    'cut-off',
    { offset: 0, lengthBytes: payload.length },
    `${payload.length} bytes; a field needs bytes ${offset} to ${offset + lengthBytes - 1}`,
  )
}

function bitsOf(raw: number, { bits }: LayoutField): number {
  if (!bits) return raw
  const [low, high] = bits
  return Math.floor(raw / 2 ** low) % 2 ** (high - low + 1)
}
