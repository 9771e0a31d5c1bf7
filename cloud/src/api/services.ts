import type { BilingualText, ModelLibrary, Registry } from '@picket/devices'
import type { Clock, Log } from '@picket/devices/runtime'
import type { Overrides } from '@picket/rules'
import type { Registry as MetricsRegistry } from 'prom-client'
import type {
  AccountStore,
  AlarmStore,
  EpochCustody,
  GatewayStatus,
  RejectionRecord,
  StoredReading,
  TimeSeriesStore,
} from '../stores/ports.ts'

/** A rule as the console lists it. */
export interface RuleView {
  id: string
  pack: string
  revision: string
  name: BilingualText
  select: { model?: string; site?: string; tag?: string; device?: string }
  levels: { level: string; when: string; until: string | null; forMs: number; clearForMs: number }[]
  missing: { afterMs: number | null; intervals: number | null; then: string }
  /** The parts of the year in which it is in force; empty: always. */
  season: string[]
  /** Limits on a bare quantity, for charts. */
  thresholds: { quantity: string; level: string; value: number }[]
}

/** What goes out over server-sent events, after its commit. */
export type LiveEvent =
  | { type: 'reading'; readings: StoredReading[] }
  | { type: 'alarm'; id: string }
  | { type: 'gateway'; id: string }
  | { type: 'rules'; revision: string }

/** Everything the API stands on; cloud.ts puts it together. */
export interface Services {
  clock: Clock
  log: Log
  registry(): Registry
  models: ModelLibrary
  series: TimeSeriesStore
  alarms: AlarmStore
  accounts: AccountStore
  gateways(): GatewayStatus[]
  custody(gateway: string): EpochCustody[]
  rejections(filter: { gateway?: string; limit: number }): RejectionRecord[]
  /** `overrides`: a device's own values for rules' parameters, and those of its site. */
  rules(overrides?: Overrides): {
    revision: string
    loadedAt: number
    rules: RuleView[]
    faults: string[]
  }
  /** Resolves after the acknowledgement was committed. */
  acknowledge(request: {
    alarm: string
    by: string
    note?: string
  }): Promise<'acknowledged' | 'unknown' | 'not-active' | 'already'>
  /** Returns the function that ends the listening. */
  listen(listener: (event: LiveEvent) => void): () => void
  metrics: MetricsRegistry
}
