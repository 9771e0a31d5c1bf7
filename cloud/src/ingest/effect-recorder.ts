import { Quality } from '@picket/devices'
import type { Log } from '@picket/devices/runtime'
import type { Effect, NotifyIntent, Transition } from '@picket/rules'
import type { GuardComparison } from '../guards/comparison.ts'
import type { DerivedValue, StoredReading } from '../stores/ports.ts'
import type { SqliteAlarms } from '../stores/sqlite/alarms.ts'
import type { SqliteFlags } from '../stores/sqlite/flags.ts'
import type { Configuration, Journal } from '../stores/sqlite/journal.ts'
import type { SqliteNotifications } from '../stores/sqlite/notifications.ts'
import type { SqliteTimeSeriesStore } from '../stores/sqlite/readings.ts'

/** What the effects of one commit changed. */
export interface Recorded {
  /** Ids of alarms that took a step. */
  alarms: Set<string>
  notifications: number
  /** Ids of flags that were set or have ended. */
  flags: Set<string>
  /** Values of derived series that were written; those taken back are not among them. */
  derived: StoredReading[]
}

/** Where effects are written. */
export interface EffectStores {
  alarms: SqliteAlarms
  notifications: SqliteNotifications
  flags: SqliteFlags
  readings: SqliteTimeSeriesStore
  /** Where derived values are noted for those who ship it. */
  journal?: Pick<Journal, 'appendRecorded'>
}

const nothing = (): Recorded => ({ alarms: new Set(), notifications: 0, flags: new Set(), derived: [] })

/** Writes what the engine answered, in the transaction of what it answered to. */
export class EffectRecorder {
  readonly #alarms: SqliteAlarms
  readonly #notifications: SqliteNotifications
  readonly #flags: SqliteFlags
  readonly #readings: SqliteTimeSeriesStore
  readonly #journal: Pick<Journal, 'appendRecorded'> | undefined
  /** Of the configuration in force. */
  #channels: ReadonlySet<string>
  readonly #log: Log
  readonly #comparison: GuardComparison | undefined
  #recorded: Recorded = nothing()

  constructor(stores: EffectStores, channels: ReadonlySet<string>, log: Log, comparison?: GuardComparison) {
    this.#alarms = stores.alarms
    this.#notifications = stores.notifications
    this.#flags = stores.flags
    this.#readings = stores.readings
    this.#journal = stores.journal
    this.#channels = channels
    this.#log = log
    this.#comparison = comparison
  }

  /** Tells which channels there are, for what is recorded next; a journal that does not say it changes nothing. */
  configure({ channels }: Pick<Configuration, 'channels'>): void {
    if (channels) this.#channels = new Set(channels)
  }

  record(effects: readonly Effect[]): void {
    const derived: DerivedValue[] = []
    for (const effect of effects) {
      if (effect.type === 'transition') {
        this.#alarms.record(toldByWhomThereIs(effect, this.#channels))
        this.#recorded.alarms.add(effect.episode)
        const { gateway } = effect.trace
        if (gateway !== undefined) this.#comparison?.take('gateway', gateway, effect)
      } else if (effect.type === 'checked') {
        this.#comparison?.take('cloud', effect.gateway, effect.transition)
      } else if (effect.type === 'flag') {
        this.#flags.record(effect)
        this.#recorded.flags.add(effect.flag.id)
      } else if (effect.type === 'recorded') {
        const { device, quantity, t, v } = effect
        // No test of quality looks at what is computed.
        derived.push({ device, quantity, t, v, q: Quality.NOT_EVALUATED })
      } else if (effect.type === 'notify') this.#notify(effect)
      else if (effect.type === 'rule-fault')
        this.#log.error({ rule: effect.rule, scope: effect.scope, message: effect.message }, 'rule stopped')
    }
    if (derived.length === 0) return
    this.#readings.record(derived)
    this.#journal?.appendRecorded(derived)
    for (const { v, ...rest } of derived) if (v !== null) this.#recorded.derived.push({ ...rest, v })
  }

  /** What was recorded since the last call. */
  takeRecorded(): Recorded {
    const recorded = this.#recorded
    this.#recorded = nothing()
    return recorded
  }

  // The key tells what is told and when it was decided: it is never given to another step.
  #notify({ channel, transition }: NotifyIntent): void {
    if (!this.#channels.has(channel)) return
    const { episode, kind, at, decidedAt } = transition
    const alarm = this.#alarms.get(episode)?.alarm
    if (!alarm) return
    this.#notifications.add({
      idempotencyKey: [episode, kind, at, decidedAt, channel].join('-'),
      channel,
      body: { kind, at, alarm },
      at: decidedAt,
    })
    this.#recorded.notifications++
  }
}

// The engine names those who are to be told; who of them there is, the configuration says.
function toldByWhomThereIs(transition: Transition, channels: ReadonlySet<string>): Transition {
  const { trace } = transition
  const missing = trace.telling?.told.filter(channel => !channels.has(channel)) ?? []
  if (!trace.telling || missing.length === 0) return transition
  const { told, withheld } = trace.telling
  const telling = {
    ...trace.telling,
    told: told.filter(channel => channels.has(channel)),
    withheld: [...withheld, ...missing.map(channel => ({ by: 'no such channel' as const, channel }))],
  }
  return { ...transition, trace: { ...trace, telling } }
}
