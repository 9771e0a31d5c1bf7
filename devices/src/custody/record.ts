import { type Static, Type } from 'typebox'
import type { Reading } from '../reading.ts'

const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
/** A random 128-bit number in hexadecimal: an epoch, an instance, a nonce. */
export const Token128 = Type.String({ pattern: '^[0-9a-f]{32}$' })
export const RangeList = Type.Array(Type.Tuple([Seq, Seq]), { maxItems: 10_000 })

/** Records that a gateway dropped by policy; the range counts as settled. */
export const GapNote = Type.Object({
  type: Type.Literal('gap'),
  epoch: Token128,
  first: Seq,
  last: Seq,
  reason: Type.String({ maxLength: 200 }),
})
export type GapNote = Static<typeof GapNote>

/** Input that a gateway refused since its last such note, one note per source and reason. */
export const RejectedNote = Type.Object({
  type: Type.Literal('rejected'),
  at: Type.Integer({ description: 'when the last of them came, ms UTC' }),
  source: Type.String({ maxLength: 300, description: 'the topic or port it came from' }),
  reason: Type.String({ maxLength: 300 }),
  count: Type.Integer({ minimum: 1 }),
  sample: Type.String({ maxLength: 1000, description: 'the first bytes of one of them' }),
})
export type RejectedNote = Static<typeof RejectedNote>

export const NoteBody = Type.Union([GapNote, RejectedNote])
export type NoteBody = Static<typeof NoteBody>

/** A record that is not a reading. Decoded notes are not yet validated: check against `NoteBody`. */
export interface Note {
  note: NoteBody
}

/** What has a key (gateway, epoch, seq) and is kept until the cloud has it. */
export type CustodyRecord = Reading | Note

/** Lanes that share a link, the most urgent first. */
export const Lane = { ALARMS: 0, LIVE: 1, BACKLOG: 2 } as const
export type Lane = (typeof Lane)[keyof typeof Lane]
