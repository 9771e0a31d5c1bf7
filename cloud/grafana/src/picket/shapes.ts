import type { AlarmLoadView, AlarmView } from '../../../src/api/alarm-schemas.ts'
import type * as schemas from '../../../src/api/schemas.ts'

// The shapes of the API grow from its schemas; only types come along, none of the server's code.
export type Alarm = AlarmView
export type AlarmLoad = AlarmLoadView
export type Device = schemas.DeviceView
export type Gateway = schemas.GatewayView
export type Series = schemas.SeriesView
export type Site = schemas.SiteView
export type WhoAmI = schemas.WhoAmI

export interface BilingualText {
  en: string
  zh: string
}
