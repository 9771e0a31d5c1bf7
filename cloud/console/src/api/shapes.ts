import type { Static } from 'typebox'
import type * as alarmSchemas from '../../../src/api/alarm-schemas.ts'
import type * as ruleSetSchemas from '../../../src/api/rule-set-schemas.ts'
import type * as schemas from '../../../src/api/schemas.ts'

// The shapes of the API grow from its schemas; only types come along, none of the server's code.
export type WhoAmI = schemas.WhoAmI
export type Device = schemas.DeviceView
export type Quantity = Device['quantities'][number]
export type Site = schemas.SiteView
export type Series = schemas.SeriesView
export type Point = Series['points'][number]
export type Alarm = alarmSchemas.AlarmView
export type Level = Alarm['level']
export type AlarmLoad = alarmSchemas.AlarmLoadView
export type AlarmDetail = alarmSchemas.AlarmDetail
export type Flag = alarmSchemas.FlagView
export type Transition = AlarmDetail['transitions'][number]
export type Gateway = schemas.GatewayView
export type Custody = Static<typeof schemas.CustodyView>
export type EpochCustody = Custody['epochs'][number]
export type ClockCorrection = Custody['clocks'][number]
export type Rejection = Static<typeof schemas.RejectionView>
export type RuleSet = Static<typeof schemas.RulesView>
export type Rule = RuleSet['rules'][number]
export type Shadow = NonNullable<Static<typeof ruleSetSchemas.ShadowView>['shadow']>

/** A reading as the live stream carries it: `q` holds the quality flag in its low four bits, marks above. */
export interface LiveReading {
  device: string
  quantity: string
  t: number
  v: number
  q: number
}

/** What the live stream says; the cloud sends it after its commit. */
export type LiveEvent =
  | { type: 'reading'; readings: LiveReading[] }
  | { type: 'alarm'; id: string }
  | { type: 'flag'; id: string }
  | { type: 'gateway'; id: string }
  | { type: 'rules'; revision: string }
