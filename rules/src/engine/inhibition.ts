import type { Rule } from '../rule.ts'
import type { EngineDevice } from './event.ts'
import { selects } from './scope-plan.ts'

/** The site of devices that stand at none: being there together means nothing. */
export const NO_SITE = '-'

/** An alarm, by its rule and where it is. */
export interface AlarmPlace {
  rule: string
  /** Null for an alarm of a whole site. */
  device: string | null
  site: string
}

/** An alarm that runs. */
export interface RunningAlarm extends AlarmPlace {
  episode: string
}

/** What runs now. */
export interface RunningAlarms {
  at(rule: string, device: string | null): string | undefined
  of(rule: string): Iterable<RunningAlarm>
}

// However rarely a device reports, its alarm is held no longer than this.
const LONGEST_HOLD_MS = 1_800_000

/** A rule whose alarms hide others, and what it watches. */
interface Hider {
  rule: Rule
  inhibits: NonNullable<Rule['inhibits']>
  devices: ReadonlySet<string>
  sites: ReadonlySet<string>
}

/**
 * Which alarms hide which others. An alarm is hidden only by one that is known to concern it: a device without a
 * gateway is behind none, and devices without a site are not at the same one.
 */
export class Inhibitions {
  readonly #hidersOf = new Map<string, Hider[]>()
  readonly #byRule = new Map<string, Hider>()
  readonly #devices: ReadonlyMap<string, EngineDevice>

  constructor(rules: readonly Rule[], devices: readonly EngineDevice[]) {
    this.#devices = new Map(devices.map(device => [device.id, device]))
    for (const rule of rules) {
      const { inhibits } = rule
      if (!inhibits) continue
      const watched = devices.filter(device => selects(rule.select, device))
      const hider: Hider = {
        rule,
        inhibits,
        devices: new Set(watched.map(({ id }) => id)),
        sites: new Set(watched.map(({ site }) => site)),
      }
      this.#byRule.set(rule.id, hider)
      for (const hidden of inhibits.rules)
        this.#hidersOf.set(hidden, [...(this.#hidersOf.get(hidden) ?? []), hider])
    }
  }

  /** The episode that hides an alarm; undefined where none does. */
  hiderOf(alarm: AlarmPlace, running: RunningAlarms): string | undefined {
    for (const { rule, inhibits } of this.#hidersOf.get(alarm.rule) ?? []) {
      const found = this.#find(alarm, { rule: rule.id, how: inhibits.devices }, running)
      if (found !== undefined) return found
    }
    return undefined
  }

  #find(
    { device, site }: AlarmPlace,
    { rule, how }: { rule: string; how: Hider['inhibits']['devices'] },
    running: RunningAlarms,
  ): string | undefined {
    if (how === 'same-device') return running.at(rule, device)
    if (how === 'same-site') {
      if (site === NO_SITE) return undefined
      return [...running.of(rule)].find(one => one.site === site)?.episode
    }
    // Out of reach is only what speaks through no other gateway.
    const through = this.#gatewaysOf(device).map(gateway => running.at(rule, gateway))
    return through.every(episode => episode !== undefined) ? through[0] : undefined
  }

  /** How long an alarm waits for one that would hide it, ms; 0 where none could. */
  waitMs(alarm: AlarmPlace): number {
    const waits = (this.#hidersOf.get(alarm.rule) ?? [])
      .filter(hider => this.#mayHide(hider, alarm))
      .map(({ inhibits }) => inhibits.waitMs)
    return Math.max(0, ...waits)
  }

  /** True for a rule whose alarms hide others. */
  isHider(rule: string): boolean {
    return this.#byRule.has(rule)
  }

  /**
   * Alarms that a hider which has ended may have hidden, and how long they wait: what was out of reach needs time to
   * be heard of again.
   */
  released<T extends AlarmPlace>(ended: AlarmPlace, candidates: Iterable<T>): { alarm: T; waitMs: number }[] {
    const hider = this.#byRule.get(ended.rule)
    if (!hider) return []
    const { rules, devices: how, waitMs } = hider.inhibits
    const isRelated = ({ device, site }: AlarmPlace): boolean =>
      how === 'same-device'
        ? device !== null && device === ended.device
        : how === 'same-site'
          ? site !== NO_SITE && site === ended.site
          : ended.device !== null && this.#gatewaysOf(device).includes(ended.device)
    return [...candidates]
      .filter(alarm => rules.includes(alarm.rule) && isRelated(alarm))
      .map(alarm => ({
        alarm,
        waitMs: Math.min(waitMs + (this.#deviceOf(alarm.device)?.intervalMs ?? 0), LONGEST_HOLD_MS),
      }))
  }

  #mayHide({ inhibits, devices, sites }: Hider, { device, site }: AlarmPlace): boolean {
    if (inhibits.devices === 'same-device') return device !== null && devices.has(device)
    if (inhibits.devices === 'same-site') return site !== NO_SITE && sites.has(site)
    const gateways = this.#gatewaysOf(device)
    return gateways.length > 0 && gateways.every(gateway => devices.has(gateway))
  }

  #gatewaysOf(device: string | null): readonly string[] {
    return this.#deviceOf(device)?.gateways ?? []
  }

  #deviceOf(device: string | null): EngineDevice | undefined {
    return device === null ? undefined : this.#devices.get(device)
  }
}
