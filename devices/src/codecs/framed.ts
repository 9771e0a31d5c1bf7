import type { Codec, CodecContext, Decoded, Field } from './codec.ts'
import { Findings } from './findings.ts'
import { type Framing, split } from './framing.ts'

/** What a protocol of frames is made of. */
export interface FramedProtocol {
  name: string
  framing: Framing
  /**
   * Reads one frame. The frame is sound, but for one case: where somebody looks at the fields of a broken
   * frame, it may end anywhere and say anything.
   */
  readFrame(frame: Uint8Array, findings: Findings): void
}

/**
 * The `decode` of a protocol of frames: reads every sound frame of a message, and tells the bytes that are in
 * none as faults. No reading is taken from a broken frame.
 */
export function decodeFrames({ name, framing, readFrame }: FramedProtocol): Codec['decode'] {
  return (payload: Uint8Array, context: CodecContext, fields?: Field[]): Decoded => {
    const findings = new Findings(name, context, fields)
    split(payload, framing, { codec: name, ended: true }, ({ kind, bytes, offset, fault }) => {
      findings.enter(bytes, offset, kind === 'skipped')
      if (kind === 'frame') return readFrame(bytes, findings)
      if (fault) findings.refused(fault)
      if (!findings.looking) return
      const whole = { offset: 0, lengthBytes: bytes.length }
      if (kind === 'filler') findings.field('filler', whole, 'means nothing')
      else if (fault?.code === `${name}-stray`) findings.field('stray bytes', whole, fault.message)
      else readFrame(bytes, findings)
    })
    return findings.decoded
  }
}
