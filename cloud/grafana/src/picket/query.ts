// What a panel, an annotation or a variable asks, as it is saved in dashboards: settings may be added, and must never
// come to mean something else.

const KINDS = ['readings', 'alarms', 'annotations', 'alarm-load', 'gateways'] as const
export type Kind = (typeof KINDS)[number]
const STATES = ['any', 'active', 'open', 'cleared'] as const
const LOAD_BY = ['measures', 'time', 'rule', 'device', 'site'] as const
const CHOICES = ['sites', 'devices', 'quantities', 'gateways'] as const

/** Names are ids, or a reference to a variable, such as `$device`; no names at all mean all. */
export interface PicketQuery {
  refId: string
  hide?: boolean
  kind: Kind
  sites: string[]
  devices: string[]
  quantities: string[]
  /** `auto`, `raw`, `panel` (as many points as the panel is wide), or a duration such as 10m. */
  resolution: string
  /** Of readings: the least and the greatest of each bucket beside its mean. */
  band: boolean
  /** Of alarms. */
  levels: string[]
  state: (typeof STATES)[number]
  /** Of the alarm load: what is counted apart; `measures`: those of ISA-18.2, of the whole cloud. */
  by: (typeof LOAD_BY)[number]
  /** Follow what happens, where the time range ends now. */
  live: boolean
}

/** What fills a variable. */
export interface ChoiceQuery {
  refId: string
  choices: (typeof CHOICES)[number]
  sites: string[]
  devices: string[]
}

const MAX_NAMES = 1000
// Devices and quantities have 128 characters at most; a reference to a variable may be longer.
const MAX_NAME_LENGTH = 1024

/** A saved query with its defaults; throws an error for people where a setting cannot be understood. */
export function readQuery(saved: unknown): PicketQuery {
  const from = settingsOf(saved)
  return {
    refId: text(from, 'refId', 'A'),
    hide: from.hide === true,
    kind: oneOf(from, 'kind', KINDS, 'readings'),
    sites: names(from, 'sites'),
    devices: names(from, 'devices'),
    quantities: names(from, 'quantities'),
    resolution: text(from, 'resolution', 'auto'),
    band: from.band === true,
    levels: names(from, 'levels'),
    state: oneOf(from, 'state', STATES, 'any'),
    by: oneOf(from, 'by', LOAD_BY, 'time'),
    live: from.live === true,
  }
}

/** The same of a variable. */
export function readChoiceQuery(saved: unknown): ChoiceQuery {
  const from = settingsOf(saved)
  return {
    refId: text(from, 'refId', 'Picket'),
    choices: oneOf(from, 'choices', CHOICES, 'sites'),
    sites: names(from, 'sites'),
    devices: names(from, 'devices'),
  }
}

function settingsOf(saved: unknown): Record<string, unknown> {
  if (typeof saved === 'object' && saved !== null) return saved as Record<string, unknown>
  throw new Error('a query must be an object')
}

function text(from: Record<string, unknown>, setting: string, otherwise: string): string {
  const value = from[setting] ?? otherwise
  if (typeof value === 'string' && value.length <= MAX_NAME_LENGTH) return value || otherwise
  throw new Error(`${setting} must be a text of at most ${MAX_NAME_LENGTH} characters`)
}

function oneOf<T extends string>(
  from: Record<string, unknown>,
  setting: string,
  allowed: readonly T[],
  otherwise: T,
): T {
  const value = from[setting] ?? otherwise
  if (allowed.includes(value as T)) return value as T
  throw new Error(`${setting} must be one of ${allowed.join(', ')}`)
}

function names(from: Record<string, unknown>, setting: string): string[] {
  const value = from[setting] ?? []
  const isName = (one: unknown): boolean => typeof one === 'string' && one.length <= MAX_NAME_LENGTH
  if (Array.isArray(value) && value.length <= MAX_NAMES && value.every(isName)) return value.filter(Boolean)
  throw new Error(`${setting} must be a list of at most ${MAX_NAMES} names`)
}
