import type { Codec, CodecContext, Decoded, Field } from '../codec.ts'
import { Findings, type Place } from '../findings.ts'
import { speakerOf } from '../wire-name.ts'

const NAME = 'cayenne-lpp'

/** A number within the data of a type, most significant byte first. */
interface Part {
  quantity: string
  sizeBytes: 1 | 2 | 3 | 4
  signed?: true
  /** Units of the wire for one unit of the quantity. */
  divisor: number
  /** UCUM. */
  unit: string
}

const part = (quantity: string, sizeBytes: Part['sizeBytes'], divisor: number, unit: string): Part => ({
  quantity,
  sizeBytes,
  divisor,
  unit,
})
const signed = (...of: Parameters<typeof part>): Part => ({ ...part(...of), signed: true })
const axes = (name: string, divisor: number, unit: string): Part[] =>
  ['x', 'y', 'z'].map(axis => signed(`${name}_${axis}`, 2, divisor, unit))

// Cayenne's own table (its types are the IPSO object numbers less 3200), then those that CayenneLPP's
// libraries and The Things Stack read beyond it.
const TYPES = new Map<number, Part[]>([
  [0, [part('digital_input', 1, 1, '1')]],
  [1, [part('digital_output', 1, 1, '1')]],
  [2, [signed('analog_input', 2, 100, '1')]],
  [3, [signed('analog_output', 2, 100, '1')]],
  [101, [part('illuminance', 2, 1, 'lx')]],
  [102, [part('presence', 1, 1, '1')]],
  [103, [signed('temperature', 2, 10, 'Cel')]],
  [104, [part('humidity', 1, 2, '%')]],
  [113, axes('acceleration', 1000, '[g]')],
  [115, [part('pressure', 2, 10, 'hPa')]],
  [134, axes('rotation', 100, 'deg/s')],
  [
    136,
    [
      signed('latitude', 3, 10_000, 'deg'),
      signed('longitude', 3, 10_000, 'deg'),
      signed('altitude', 3, 100, 'm'),
    ],
  ],
  [100, [part('generic', 4, 1, '1')]],
  [116, [part('voltage', 2, 100, 'V')]],
  [117, [part('current', 2, 1000, 'A')]],
  [118, [part('frequency', 4, 1, 'Hz')]],
  [120, [part('percentage', 1, 1, '%')]],
  [121, [signed('altitude', 2, 1, 'm')]],
  [125, [part('concentration', 2, 1, '[ppm]')]],
  [128, [part('power', 2, 1, 'W')]],
  [130, [part('distance', 4, 1000, 'm')]],
  [131, [part('energy', 4, 1000, 'kW.h')]],
  [132, [part('direction', 2, 1, 'deg')]],
  [142, [part('switch', 1, 1, '1')]],
])

/**
 * Cayenne LPP, as many LoRaWAN sensors send it: channel, type, value, again and again. The payload names
 * nobody: the device is the topic's. `temperature` of channel 3 is `temperature_3`.
 */
export const cayenneLpp: Codec = {
  name: NAME,
  decode(payload: Uint8Array, context: CodecContext, fields?: Field[]): Decoded {
    const findings = new Findings(NAME, context, fields)
    findings.enter(payload, 0)
    const device = speakerOf(context.topic)
    let at = 0
    while (at < payload.length) {
      const [channel = 0, type] = payload.subarray(at, at + 2)
      const rest = { offset: at, lengthBytes: payload.length - at }
      const parts = type === undefined ? undefined : TYPES.get(type)
      if (parts === undefined) {
        // How long an unknown type is, nobody knows: what follows cannot be read either.
        if (type === undefined) findings.fault('cut-off', rest, 'a channel without a type')
        else
          findings.fault(
            'type',
            rest,
            `type ${type} of channel ${channel} is not known; the rest is not read`,
          )
        break
      }
      const end = at + 2 + parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      if (end > payload.length) {
        findings.fault('cut-off', rest, `channel ${channel} needs ${end - payload.length} more bytes`)
        break
      }
      findings.field('channel', { offset: at, lengthBytes: 1 }, String(channel))
      findings.field(
        'type',
        { offset: at + 1, lengthBytes: 1 },
        parts.map(({ quantity }) => quantity).join(', '),
      )
      let offset = at + 2
      for (const each of parts) {
        readPart(payload, each, { offset, channel, device, findings })
        offset += each.sizeBytes
      }
      at = end
    }
    findings.refuseSilence({ offset: 0, lengthBytes: 0 }, 'there is no payload')
    return findings.decoded
  },
}

function readPart(
  payload: Uint8Array,
  { quantity, sizeBytes, signed: isSigned, divisor, unit }: Part,
  {
    offset,
    channel,
    device,
    findings,
  }: { offset: number; channel: number; device: string; findings: Findings },
): void {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset + offset, sizeBytes)
  const v = (isSigned ? bytes.readIntBE(0, sizeBytes) : bytes.readUIntBE(0, sizeBytes)) / divisor
  const name = `${quantity}_${channel}`
  const place: Place = { offset, lengthBytes: sizeBytes }
  findings.measured({ address: device, channel: name, quantity: name, v }, place)
  if (findings.looking) findings.field(name, place, String(v), unit)
}
