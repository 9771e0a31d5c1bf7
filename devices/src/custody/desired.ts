import { type KeyObject, sign, verify } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Fault } from '../fault.ts'
import { Id } from '../model.ts'
import { Device, Site } from '../registry/registry.ts'

const strict = { additionalProperties: false }
const Time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const Text = Type.Object({ file: Type.String({ maxLength: 300 }), text: Type.String() }, strict)
const Person = Type.String({ minLength: 1, maxLength: 200 })

const Reason = Type.String({ minLength: 1, maxLength: 1000 })

/** Longest text of a desired state, in UTF-16 units. */
export const LONGEST_DESIRED = 2_000_000

/** By hand: an output is on or off whatever the rules say, until then. */
export const Override = Type.Object(
  {
    output: Id,
    on: Type.Boolean(),
    until: Time,
    by: Person,
    reason: Reason,
  },
  strict,
)
export type Override = Static<typeof Override>

/**
 * What a gateway is to run: a revision takes the place of the one before as a whole. It
 * can only name outputs that the gateway's own file declares.
 */
export const DesiredState = Type.Object(
  {
    gateway: Id,
    /** Rises with every change, for this gateway. */
    revision: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    issuedAt: Time,
    /** A gateway that has not taken it by then refuses it. What it has taken stays in force. */
    expiresAt: Time,
    packs: Type.Array(Text, { maxItems: 1000 }),
    models: Type.Array(Text, { maxItems: 1000 }),
    sites: Type.Array(Site),
    devices: Type.Array(Device),
    overrides: Type.Array(Override, { maxItems: 100 }),
  },
  strict,
)
export type DesiredState = Static<typeof DesiredState>

/** As it travels: the state's JSON text, and an Ed25519 signature (RFC 8032) of it, in Base64. */
export const SignedDesired = Type.Object(
  {
    state: Type.String({ maxLength: LONGEST_DESIRED }),
    signature: Type.String({ pattern: '^[A-Za-z0-9+/]{86}==$' }),
  },
  strict,
)
export type SignedDesired = Static<typeof SignedDesired>

/** What a gateway runs; sent at each welcome and whenever it changes. */
export const Reported = Type.Object(
  {
    /** Revision in force; null where there is none. */
    revision: Type.Union([Type.Null(), Count]),
    /** Ids of the rules that the gateway judges. */
    rules: Type.Array(Id, { maxItems: 10_000 }),
    /** The newest that was refused, if it is newer than the one in force. */
    refused: Type.Optional(
      Type.Object(
        { revision: Count, faults: Type.Array(Type.String({ maxLength: 1000 }), { maxItems: 20 }) },
        strict,
      ),
    ),
    outputs: Type.Record(
      Type.String({ maxLength: 128 }),
      Type.Object(
        {
          wanted: Type.Boolean(),
          /** What the output itself last said; null where it has not. */
          confirmed: Type.Union([Type.Null(), Type.Boolean()]),
          why: Type.String({ maxLength: 300 }),
        },
        strict,
      ),
      { maxProperties: 100 },
    ),
  },
  strict,
)
export type Reported = Static<typeof Reported>

// Signed with the text, so that a signature made for something else with the same key is none here.
const PURPOSE = 'picket/1 desired state\n'

/** Signs a state with the cloud's Ed25519 key. */
export function signDesired(desired: DesiredState, key: KeyObject): SignedDesired {
  const state = JSON.stringify(desired)
  return { state, signature: sign(null, Buffer.from(PURPOSE + state), key).toString('base64') }
}

/**
 * Opens what came as a desired state.
 *
 * @param key - the cloud's public key
 * @param expected.newest - revision that the gateway has; an older one, or another with its number, is refused
 * @param expected.now - ms UTC
 */
export function openDesired(
  payload: Uint8Array,
  key: KeyObject,
  expected: { gateway: string; newest: number; now: number },
): DesiredState | Fault {
  const envelope = parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString())
  if (!Value.Check(SignedDesired, envelope)) return refused('desired-shape', 'it is not as the contract says')
  const { state, signature } = envelope
  if (!verify(null, Buffer.from(PURPOSE + state), key, Buffer.from(signature, 'base64')))
    return refused('desired-signature', 'its signature is not that of the cloud', 'guard.signingKeyFile')
  const desired = parse(state)
  if (!Value.Check(DesiredState, desired)) return refused('desired-shape', 'it is not as the contract says')
  if (desired.gateway !== expected.gateway)
    return refused('desired-gateway', `it is for gateway "${desired.gateway}"`)
  if (desired.revision <= expected.newest)
    return refused('desired-old', `revision ${desired.revision} is not newer than ${expected.newest}`)
  if (desired.expiresAt <= expected.now)
    return refused('desired-expired', `revision ${desired.revision} has expired`, 'check both clocks')
  return desired
}

const refused = (code: string, message: string, hint?: string): Fault => ({
  code,
  message: `a desired state was refused: ${message}`,
  ...(hint === undefined ? {} : { hint }),
})

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
