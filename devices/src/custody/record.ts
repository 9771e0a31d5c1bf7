import { type Static, type TSchema, Type } from 'typebox'
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

// As far as times in a body go.
const MAX_TIME = 2 ** 50
const Time = Type.Integer({ minimum: 0, maximum: MAX_TIME })
const Level = Type.Enum(['blue', 'yellow', 'orange', 'red'])
const orNull = <T extends TSchema>(schema: T) => Type.Union([Type.Null(), schema])
const Texts = Type.Object({ en: Type.String(), zh: Type.String() })

/**
 * A step of an alarm that the gateway's own engine decided: the gateway minted the episode's id and decided who is told.
 * Members that are not named here travel along.
 */
export const TransitionNote = Type.Object({
  type: Type.Literal('transition'),
  transition: Type.Object({
    type: Type.Literal('transition'),
    episode: Type.String({ pattern: '^[0-9a-f]{24}$' }),
    rule: Type.Object({
      id: Type.String({ maxLength: 128 }),
      revision: Type.String({ maxLength: 64 }),
      name: Texts,
      message: Texts,
      notify: Type.Array(Type.String(), { maxItems: 20 }),
      latch: Type.Boolean(),
    }),
    device: orNull(Type.String({ maxLength: 128 })),
    site: Type.String({ maxLength: 128 }),
    kind: Type.String({ pattern: '^[a-z]{1,20}$' }),
    level: orNull(Level),
    at: Time,
    onset: Time,
    decidedAt: Time,
    retrospective: Type.Boolean(),
    by: Type.Optional(Type.String({ maxLength: 200 })),
    trace: Type.Object({
      cause: Type.String({ maxLength: 40 }),
      values: Type.Record(Type.String(), orNull(Type.Number())),
      conditions: Type.Array(
        Type.Object({
          level: Level,
          when: Type.String(),
          on: orNull(Type.Boolean()),
          until: orNull(Type.String()),
          off: orNull(Type.Boolean()),
          since: orNull(Type.Number()),
          forMs: Type.Number(),
          clearingSince: orNull(Type.Number()),
          clearForMs: Type.Number(),
        }),
      ),
      missing: Type.Boolean(),
      outOfSeason: Type.Boolean(),
      lastSample: orNull(Type.Number()),
      quality: Type.Record(Type.String(), Type.Number()),
      ruleRevision: Type.String(),
      history: Type.Optional(Type.Array(Type.Object({ at: Type.Number() }))),
    }),
  }),
})
export type TransitionNote = Static<typeof TransitionNote>

/** An output was switched, or could not be. */
export const ActionNote = Type.Object({
  type: Type.Literal('action'),
  at: Type.Integer({ description: 'when it was asked for, ms UTC' }),
  output: Type.String({ maxLength: 128 }),
  on: Type.Boolean(),
  why: Type.String({ maxLength: 300, description: 'the rule and its alarm, or the person and the reason' }),
  result: Type.Enum(['confirmed', 'unconfirmed', 'failed']),
  durationMs: Type.Number({ minimum: 0 }),
  detail: Type.Optional(Type.String({ maxLength: 300 })),
})
export type ActionNote = Static<typeof ActionNote>

/**
 * By how much the clock was wrong by which a gateway stamped records: time = time as stamped + `offsetMs`. Where the time can
 * only be bounded, `offsetMs` is the middle of what is possible.
 */
export const ClockNote = Type.Object({
  type: Type.Literal('clock'),
  epoch: Token128,
  first: Seq,
  last: Seq,
  offsetMs: Type.Integer({ minimum: -MAX_TIME, maximum: MAX_TIME }),
  uncertaintyMs: Type.Integer({ minimum: 0, maximum: MAX_TIME, description: 'on either side' }),
  stampedFromMs: Type.Integer({
    minimum: -MAX_TIME,
    maximum: MAX_TIME,
    description: 'what the clock said when it began to be wrong in this way',
  }),
  boot: Type.String({ maxLength: 64, description: 'the start of the machine that is meant' }),
  monotonicMs: Type.Integer({ minimum: 0, description: 'since that start, when this was found out' }),
})
export type ClockNote = Static<typeof ClockNote>

export const NoteBody = Type.Union([GapNote, RejectedNote, TransitionNote, ActionNote, ClockNote])
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
