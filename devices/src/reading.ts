/**
 * Quality flags of QARTOD (IOOS manuals): how far a reading can be trusted. `SUSPECT` also means "of high
 * interest": an extreme but real value must still alarm.
 */
export const Quality = { PASS: 1, NOT_EVALUATED: 2, SUSPECT: 3, FAIL: 4, MISSING: 9 } as const
export type Quality = (typeof Quality)[keyof typeof Quality]

/** What a gateway knows of a reading beside its quality: bits above the flag's low four. */
export const Mark = {
  /** The sensor sent no time: `t` is when the gateway received the reading. */
  ARRIVAL_TIME: 0x10,
  /** The gateway's clock was not trustworthy when it stamped or checked the time. */
  CLOCK_SUSPECT: 0x20,
} as const

/** The quality flag in a reading's `q`, without the marks. */
export const qualityOf = (q: number): number => q & 0x0f

/** One measured value of one series. */
export interface Reading {
  /** Id of the device, as its user gave it. */
  device: string
  /** What was measured, as the device model names it; its unit is the model's. */
  quantity: string
  /** Event time: when it was measured, integer ms since 1970 UTC. */
  t: number
  /** The value: a finite double. */
  v: number
  /** Quality flag (low four bits) and marks. */
  q: number
}

/** The name of a series: `device/quantity`. Neither part may hold a slash. */
export const seriesName = (device: string, quantity: string): string => `${device}/${quantity}`

/** Longest device id and longest quantity name, in UTF-16 units. */
export const MAX_NAME_LENGTH = 128

// Control characters, MQTT's wildcards and separator, and blanks at either end.
const FORBIDDEN_IN_NAME = /[\p{Cc}\p{Cs}/+#]|^\s|\s$/u

/** True for a usable device id or quantity name. */
export const isName = (name: unknown): name is string =>
  typeof name === 'string' &&
  name.length > 0 &&
  name.length <= MAX_NAME_LENGTH &&
  !FORBIDDEN_IN_NAME.test(name)

/** Event times outside these bounds are absurd for any sensor: 1990-01-01 to 2100-01-01, ms UTC. */
export const EARLIEST_TIME = 631_152_000_000
export const LATEST_TIME = 4_102_444_800_000

/** True for an integer time in ms within the bounds above. */
export const isPlausibleTime = (t: unknown): t is number =>
  Number.isInteger(t) && (t as number) >= EARLIEST_TIME && (t as number) <= LATEST_TIME
