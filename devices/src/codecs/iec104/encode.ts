import { Type } from 'typebox'
import type { Codec, Encoded } from '../codec.ts'
import { toBeijingDigits } from '../local-time.ts'
import { checkMessage } from '../message-schema.ts'
import { kindOf, NAME, START, sequenceAt, U_FUNCTIONS } from './frame.ts'

const strict = { additionalProperties: false }
const Sequence = Type.Integer({ minimum: 0, maximum: 0x7fff })
const Unit = {
  station: Type.Integer({ minimum: 1, maximum: 0xffff, description: 'common address; 65535 is all' }),
  send: Type.Optional({ ...Sequence, description: 'N(S)' }),
  receive: Type.Optional({ ...Sequence, description: 'N(R)' }),
}

/** What `encode` takes: a U frame, an S frame, an interrogation, or a clock that is set. */
const Message = Type.Union([
  Type.Object({ function: Type.Enum([...U_FUNCTIONS.values()]) }, strict),
  Type.Object({ received: Sequence }, strict),
  Type.Object(
    {
      ...Unit,
      interrogate: Type.Union([
        Type.Literal('station'),
        Type.Literal('counters'),
        Type.Integer({ minimum: 1, maximum: 16, description: 'a group' }),
      ]),
    },
    strict,
  ),
  Type.Object(
    { ...Unit, clock: Type.Integer({ minimum: 946_684_800_000, maximum: 4_102_444_799_999 }) },
    strict,
  ),
])

const ACTIVATION = 6
const INTERROGATION = 100
const COUNTER_INTERROGATION = 101
const CLOCK = 103
const WHOLE_STATION = 20
/** All counters, without freezing them (7.2.6.23). */
const ALL_COUNTERS = 5

const words = (value: number): number[] => [value & 0xff, value >> 8]
const numbered = (value: number): number[] => words(value << 1)
const control = (...bytes: number[]): Uint8Array => Uint8Array.of(START, bytes.length, ...bytes)

export function encode(message: unknown): Encoded {
  const checked = checkMessage(Message, message, NAME)
  if (!checked.ok) return checked
  const { value } = checked
  if ('function' in value) return { ok: true, bytes: functionFrame(value.function) }
  if ('received' in value) return { ok: true, bytes: acknowledgement(value.received) }
  const { station, send = 0, receive = 0 } = value
  const unit = (type: number, ...data: number[]): Encoded => ({
    ok: true,
    bytes: control(
      ...numbered(send),
      ...numbered(receive),
      ...[type, 1, ACTIVATION, 0, ...words(station)],
      ...[0, 0, 0, ...data],
    ),
  })
  if ('clock' in value) return unit(CLOCK, ...cp56Of(value.clock))
  if (value.interrogate === 'counters') return unit(COUNTER_INTERROGATION, ALL_COUNTERS)
  return unit(INTERROGATION, WHOLE_STATION + (value.interrogate === 'station' ? 0 : value.interrogate))
}

function functionFrame(name: string): Uint8Array {
  const [code = 0] = [...U_FUNCTIONS].find(([, word]) => word === name) ?? []
  return control(code, 0, 0, 0)
}

const acknowledgement = (next: number): Uint8Array => control(1, 0, ...numbered(next))

/** A time as Beijing's clock shows it, without the day of the week (0: not used). */
function cp56Of(t: number): number[] {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (
    toBeijingDigits(t).match(/../g) ?? []
  ).map(Number)
  return [...words(second * 1000 + (t % 1000)), minute, hour, day, month, year]
}

/** Confirms what wants to be confirmed, and acknowledges an I frame by an S frame. */
export const answer: NonNullable<Codec['answer']> = frame => {
  if (kindOf(frame) === 'I') return acknowledgement((sequenceAt(frame, 2) + 1) & 0x7fff)
  const asked = U_FUNCTIONS.get(frame[2] ?? 0)
  return kindOf(frame) === 'U' && asked?.endsWith(' act')
    ? functionFrame(asked.replace('act', 'con'))
    : undefined
}
