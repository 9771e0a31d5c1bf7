import type { Codec } from '../codec.ts'
import { type Findings, hexOf } from '../findings.ts'
import { decodeFrames } from '../framed.ts'
import { readAsciiBody } from './ascii-body.ts'
import type { BodyState } from './body.ts'
import { answerTo, encode } from './encode.ts'
import { checkSumOf, framing, type Head, headOf, NAME, packetOf } from './frame.ts'
import { readHexBody } from './hex-body.ts'
import { PacketSeries } from './packets.ts'
import { END_MARKS, FUNCTIONS } from './words.ts'

/**
 * SL 651-2014, China's hydrology stations, in binary (HEX/BCD) and in ASCII. A station's address of ten digits
 * is its device id. Remembers the packets of series that are not complete, so each connection takes its own.
 */
export function createSl651(): Codec {
  const series = new PacketSeries()
  const readFrame = (frame: Uint8Array, findings: Findings): void => {
    const head = headOf(frame)
    if (findings.looking) showHead(frame, head, findings)
    const state: BodyState = {
      findings,
      functionCode: head.functionCode,
      station: head.station,
      sentMs: Number.NaN,
      observedMs: undefined,
      stepMs: undefined,
    }
    const readBody = head.isAscii ? readAsciiBody : readHexBody
    if (!head.isPacket) readBody(state, frame, [head.bodyStart, head.bodyEnd], head.isDown)
    else if (!findings.isBroken)
      readPacket(frame, head, findings, body => readBody(state, body, [0, body.length], head.isDown))
    if (findings.looking) showTail(frame, head, findings)
  }

  function readPacket(
    frame: Uint8Array,
    head: Head,
    findings: Findings,
    readBody: (body: Uint8Array) => void,
  ): void {
    const packet = packetOf(frame, head)
    const { station, functionCode, isDown, bodyStart, bodyEnd } = head
    findings.fact({ device: station, name: 'packet', value: `${packet.number} of ${packet.count}` })
    const key = `${station} function ${hexOf(Uint8Array.of(functionCode))}${isDown ? ' down' : ''}`
    const part = frame.subarray(bodyStart, bodyEnd)
    const { body, problem } = series.add(key, packet, part, findings.context.arrivalMs)
    if (problem) findings.fault('packets', { offset: 0, lengthBytes: frame.length }, problem)
    if (body) findings.inFrame(() => readBody(body))
  }

  return {
    name: NAME,
    framing,
    decode: decodeFrames({ name: NAME, framing, readFrame }),
    encode,
    answer: answerTo,
  }
}

function showHead(frame: Uint8Array, head: Head, findings: Findings): void {
  const { layout, isAscii, isDown, isPacket, station, centre, functionCode, bodyStart, bodyEnd } = head
  const { perByte } = layout
  findings.field(
    'start',
    { offset: 0, lengthBytes: isAscii ? 1 : 2 },
    isAscii ? 'ASCII frame' : 'binary frame',
  )
  findings.field(
    'centre',
    { offset: isDown ? layout.centreDown : layout.centreUp, lengthBytes: perByte },
    String(centre),
  )
  findings.field(
    'station',
    { offset: isDown ? layout.stationDown : layout.stationUp, lengthBytes: 5 * perByte },
    station,
  )
  findings.secretField('password', { offset: layout.password, lengthBytes: 2 * perByte })
  findings.field(
    'function',
    { offset: layout.functionCode, lengthBytes: perByte },
    FUNCTIONS.get(functionCode) ?? 'unknown',
  )
  findings.field(
    'length',
    { offset: layout.length, lengthBytes: 2 * perByte },
    `${isDown ? 'down' : 'up'}, ${bodyEnd - layout.body} bytes of body in the frame`,
  )
  findings.field(
    'body',
    { offset: layout.mark, lengthBytes: 1 },
    isPacket ? 'one of several packets' : 'begins',
  )
  if (!isPacket) return
  const { count, number } = packetOf(frame, head)
  findings.field('packet', { offset: layout.body, lengthBytes: layout.packetBytes }, `${number} of ${count}`)
  findings.field(
    'part of a body',
    { offset: bodyStart, lengthBytes: bodyEnd - bodyStart },
    `${bodyEnd - bodyStart} bytes`,
  )
}

function showTail(
  frame: Uint8Array,
  { bodyEnd, bodyStart, layout, isAscii }: Head,
  findings: Findings,
): void {
  if (bodyEnd < bodyStart || bodyEnd >= frame.length) return
  findings.field(
    'end',
    { offset: bodyEnd, lengthBytes: 1 },
    END_MARKS.get(frame[bodyEnd] as number) ?? 'no end mark',
  )
  const expected = checkSumOf(frame, bodyEnd + 1, isAscii)
  const isRight = Buffer.compare(expected, frame.subarray(bodyEnd + 1)) === 0
  const words = isAscii ? Buffer.from(expected).toString() : hexOf(expected)
  findings.field(
    'check sum',
    { offset: bodyEnd + 1, lengthBytes: layout.crcBytes },
    isRight ? 'right' : `should be ${words}`,
  )
}
