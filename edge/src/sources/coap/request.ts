import { type ParsedPacket, parse } from 'coap-packet'
import { type Block, readBlock } from './block-transfers.ts'

/** RFC 7252, section 5.3.1. */
const MAX_TOKEN_BYTES = 8
const CONFIRMABLE = 0
const POST = '0.02'
const PUT = '0.03'
/** Critical options (odd numbers, section 5.4.1) that are understood or may be passed over. */
const UNDERSTOOD = new Set(['Uri-Host', 'Uri-Port', 'Uri-Path', 'Uri-Query', 'Accept', 'Block1', 'Block2'])
const MAX_SEGMENTS = 3

/** A request that carries readings. */
export interface Request {
  packet: ParsedPacket
  path: string[]
  contentFormat: number | undefined
  block: Block | undefined
}

/** What a datagram is: a request, one that is refused with a code, a ping, or nothing that is answered. */
export type Datagram =
  | { kind: 'request'; request: Request }
  | { kind: 'refused'; packet: ParsedPacket; code: string; why: string }
  | { kind: 'ping'; messageId: number }
  | { kind: 'malformed'; messageId: number | undefined; why: string }
  | { kind: 'silent' }

/** Reads a datagram; never throws. */
export function readDatagram(bytes: Buffer): Datagram {
  let packet: ParsedPacket
  try {
    packet = parse(bytes)
  } catch (error) {
    return malformed(bytes, (error as Error).message)
  }
  const { code, confirmable, token } = packet
  if (packet.ack || packet.reset) return { kind: 'silent' }
  // An empty confirmable message asks whether we live (section 4.3).
  if (code === '0.00') return confirmable ? { kind: 'ping', messageId: packet.messageId } : { kind: 'silent' }
  if (token.length > MAX_TOKEN_BYTES) return malformed(bytes, `a token of ${token.length} bytes`)
  if (!code.startsWith('0.')) return malformed(bytes, `code ${code} is no request`)
  if (code !== POST && code !== PUT) return refused(packet, '4.05', 'readings come by POST or PUT')
  const unknown = packet.options.find(({ name }) => isCritical(name) && !UNDERSTOOD.has(String(name)))
  if (unknown) return refused(packet, '4.02', `option ${unknown.name} is not understood`)
  return readOptions(packet)
}

function readOptions(packet: ParsedPacket): Datagram {
  const valuesOf = (wanted: string): Buffer[] =>
    packet.options.filter(({ name }) => name === wanted).map(({ value }) => value)
  const path = valuesOf('Uri-Path').map(value => value.toString())
  if (path.length > MAX_SEGMENTS) return refused(packet, '4.04', 'the path is /r/{device}')
  const [format] = valuesOf('Content-Format')
  if (format && format.length > 2) return refused(packet, '4.02', 'Content-Format is longer than two bytes')
  const [option] = valuesOf('Block1')
  const block = option && readBlock(option)
  if (option && !block) return refused(packet, '4.02', 'Block1 cannot be read')
  const contentFormat = format && (format.length === 0 ? 0 : format.readUIntBE(0, format.length))
  return { kind: 'request', request: { packet, path, contentFormat, block } }
}

// Names that the parser does not know are numbers; those that it knows and we do not are all critical but these.
const ELECTIVE = new Set(['ETag', 'Observe', 'Location-Path', 'Content-Format', 'Max-Age', 'Hop-Limit'])
const ALSO_ELECTIVE = new Set(['Location-Query', 'Size2', 'Size1', 'No-Response'])
function isCritical(name: string | number): boolean {
  const number = Number(name)
  return Number.isNaN(number)
    ? !ELECTIVE.has(String(name)) && !ALSO_ELECTIVE.has(String(name))
    : number % 2 === 1
}

const refused = (packet: ParsedPacket, code: string, why: string): Datagram => ({
  kind: 'refused',
  packet,
  code,
  why,
})

/** A message that cannot be read is answered with a reset where it asks for an answer (section 4.2). */
function malformed(bytes: Buffer, why: string): Datagram {
  const [first = 0] = bytes
  const wantsAnswer = bytes.length >= 4 && first >> 6 === 1 && ((first >> 4) & 3) === CONFIRMABLE
  return { kind: 'malformed', messageId: wantsAnswer ? bytes.readUInt16BE(2) : undefined, why }
}
