import { type Static, Type } from 'typebox'
import { FLAG_KINDS, type FlagKind, type FlagScope } from '../alarm/flag.ts'
import type { CloudClient } from '../cloud-client.ts'

// What is used of the cloud's answers; cloud/src/api/alarm-schemas.ts says all that they hold.
const Flag = Type.Object({
  id: Type.String(),
  kind: Type.Enum([...FLAG_KINDS]),
  state: Type.String(),
  scope: Type.Record(Type.String(), Type.String()),
  from: Type.Integer(),
  until: Type.Integer(),
  by: Type.String(),
  reason: Type.String(),
})
export type Flag = Static<typeof Flag>

const AlarmNow = Type.Object({
  alarm: Type.Object({
    id: Type.String(),
    rule: Type.String(),
    device: Type.Union([Type.String(), Type.Null()]),
    site: Type.String(),
    state: Type.String(),
  }),
})

export type FlagState = 'in-force' | 'planned' | 'past'

interface FlagWish {
  kind: FlagKind
  scope: FlagScope
  reason: string
  /** ms UTC; of `until` and `durationMs` one is given. */
  from?: number
  until?: number
  durationMs?: number
}

/** The newest first. @throws CloudError */
export const listFlags = async (cloud: CloudClient, state: FlagState): Promise<Flag[]> =>
  (await cloud.get(`/flags?state=${state}&limit=1000`, Type.Object({ flags: Type.Array(Flag) }))).flags

/** Resolves after the cloud has committed it, as the others. @throws CloudError */
export const setFlag = (cloud: CloudClient, wish: FlagWish): Promise<Flag> => cloud.post('/flags', wish, Flag)

/** @throws CloudError */
export const endFlag = (cloud: CloudClient, flag: string, reason: string | undefined): Promise<Flag> =>
  cloud.post(`/flags/${encodeURIComponent(flag)}/end`, reason === undefined ? {} : { reason }, Flag)

/** @throws CloudError */
export const resetAlarm = (cloud: CloudClient, alarm: string, note: string | undefined) =>
  cloud.post(`/alarms/${encodeURIComponent(alarm)}/reset`, note === undefined ? {} : { note }, AlarmNow)
