import { type Alarm, type AlarmStep, type ApiClient, MOST_LISTED } from '../support/api-client.ts'
import type { Measurement } from '../support/sensor.ts'
import type { Delivery } from '../support/webhook-receiver.ts'
import type { Source, Traffic } from './traffic.ts'

/** What became of the readings that sensors got an acknowledgement for. */
export interface Account {
  acknowledged: number
  stored: number
  /** Acknowledged and not stored, or stored with another value. */
  missing: number
  /** Stored beyond what was sent, of readings with a device time. */
  twice: number
  /** The same for readings without one: sent again after an acknowledgement that a kill swallowed. */
  repeated: number
  /** Devices whose readings without a time were not stored in the order of their sending. */
  disordered: string[]
}

/** Holds what the cloud has against what was acknowledged. */
export async function accountFor(traffic: Traffic, api: ApiClient): Promise<Account> {
  const account: Account = { acknowledged: 0, stored: 0, missing: 0, twice: 0, repeated: 0, disordered: [] }
  const span = { from: traffic.recordBegin, to: Date.now() + 60_000 }
  for (const source of traffic.all) {
    const stored = await readingsOf(source, api, span)
    const { acknowledged } = source.sensor
    account.acknowledged += acknowledged.length
    account.stored += stored.length
    if (traffic.timeless.includes(source)) addTimeless(account, { source, stored })
    else {
      const values = new Map(stored.map(({ t, v }) => [t, v]))
      account.missing += acknowledged.filter(({ t, v }) => values.get(t as number) !== v).length
      account.twice += Math.max(0, stored.length - acknowledged.length)
    }
  }
  return account
}

function addTimeless(
  account: Account,
  { source, stored }: { source: Source; stored: readonly Measurement[] },
): void {
  const values = new Set(stored.map(({ v }) => v))
  account.missing += source.sensor.acknowledged.filter(({ v }) => !values.has(v)).length
  account.repeated += stored.length - values.size
  if (stored.some(({ v }, at) => v < (stored[at - 1]?.v ?? v))) account.disordered.push(source.device)
}

// A series that nothing was stored in is not known to the API.
async function readingsOf(
  { device, quantity, sensor }: Source,
  api: ApiClient,
  span: { from: number; to: number },
): Promise<Measurement[]> {
  return sensor.acknowledged.length === 0 ? [] : api.readings(`${device}/${quantity}`, span)
}

/** An alarm with its steps. */
export interface Told {
  alarm: Alarm
  transitions: AlarmStep[]
}

/** Every alarm that the cloud has told of. Throws where there are more than the API lists. */
export async function alarmsTold(api: ApiClient): Promise<Told[]> {
  const alarms = await api.alarms()
  if (alarms.length === MOST_LISTED) throw new Error(`${MOST_LISTED} alarms or more: not all can be compared`)
  const told: Told[] = []
  // One after another: a connection each for hundreds of alarms is more than a server takes at once.
  for (const { id } of alarms) told.push(await api.alarm(id))
  return told
}

/** Alarms that were raised again while they were running. */
export const raisedTwice = (told: readonly Told[]): string[] =>
  told
    .filter(({ transitions }) => {
      const ends = transitions.filter(({ kind }) => kind === 'raised' || kind === 'cleared')
      return ends.some(({ kind }, at) => kind === 'raised' && ends[at - 1]?.kind === 'raised')
    })
    .map(({ alarm }) => `${alarm.rule} ${alarm.device} ${alarm.onset}`)

const TOLD_TO_PEOPLE = new Set(['raised', 'escalated', 'cleared'])
/** Told as well, of alarms that were withheld or came and went too often: how often depends on the kills. */
const ANNOUNCED = 'announced'

/** What notifications say of which step, as one text. */
const stepName = (alarm: string, kind: string, at: number): string => `${alarm} ${kind} ${at}`

/** What is wrong with the notifications. */
export interface NotificationFaults {
  /** Steps of live alarms that nobody was told of. */
  untold: string[]
  /** Steps that came under more than one key. */
  underTwoKeys: string[]
  /** Keys that named more than one step. */
  ofTwoSteps: string[]
  /** Steps that were told and that the API does not know. */
  unknown: string[]
}

export function notificationFaults(
  told: readonly Told[],
  deliveries: readonly Delivery[],
): NotificationFaults {
  const keys = new Map<string, Set<string>>()
  const steps = new Map<string, Set<string>>()
  const taken = new Set<string>()
  for (const { key, body, taken: isTaken } of deliveries) {
    const step = stepName(body.alarm.id, body.kind, body.at)
    if (isTaken) taken.add(step)
    put(keys, step, key)
    put(steps, key, step)
  }
  const live = told.filter(({ alarm }) => !alarm.retrospective)
  const stepsOf = (isMeant: (kind: string) => boolean): string[] =>
    live.flatMap(({ alarm, transitions }) =>
      transitions.filter(({ kind }) => isMeant(kind)).map(({ kind, at }) => stepName(alarm.id, kind, at)),
    )
  const expected = stepsOf(kind => TOLD_TO_PEOPLE.has(kind))
  const known = new Set([...expected, ...stepsOf(kind => kind === ANNOUNCED)])
  const several = (map: Map<string, Set<string>>): string[] =>
    [...map].filter(([, values]) => values.size > 1).map(([name]) => name)
  return {
    untold: expected.filter(step => !taken.has(step)),
    underTwoKeys: several(keys),
    ofTwoSteps: several(steps),
    unknown: [...keys.keys()].filter(step => !known.has(step)),
  }
}

function put(map: Map<string, Set<string>>, name: string, value: string): void {
  const values = map.get(name) ?? new Set()
  values.add(value)
  map.set(name, values)
}
