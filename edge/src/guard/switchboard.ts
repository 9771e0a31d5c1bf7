import type { Override } from '@picket/devices'

/** Why an output is to be on, in words: the rule and its alarm. */
export type Wanted = ReadonlyMap<string, string>

/** How an output stands, as far as the gateway knows. Plain data. */
export interface OutputState {
  /** What it was last told; null before the first command. */
  told: boolean | null
  /** When it was told to go off; null where it never was. */
  offSince: number | null
}

/** An output is to be switched. */
export interface Command {
  output: string
  on: boolean
  why: string
}

/** What an output's protection asks for, ms. */
export interface Interlock {
  /** Once off, it stays off for this long: a pump or a compressor must not start again at once. */
  minOffMs: number
}

export const AT_REST = 'no alarm'

/**
 * Decides how outputs are to stand: by hand first, then by the alarms that run, and never against an interlock. Pure:
 * it knows no clock and switches nothing.
 */
export class Switchboard {
  readonly #interlocks: ReadonlyMap<string, Interlock>
  readonly #states = new Map<string, OutputState>()

  constructor(interlocks: ReadonlyMap<string, Interlock>, states: ReadonlyMap<string, OutputState>) {
    this.#interlocks = interlocks
    for (const output of interlocks.keys())
      this.#states.set(output, states.get(output) ?? { told: null, offSince: null })
  }

  get states(): ReadonlyMap<string, OutputState> {
    return this.#states
  }

  /**
   * What has to be switched now, and when to ask again if something waits for its interlock or an override ends.
   *
   * @param wanted - outputs that running alarms want on
   */
  decide(
    wanted: Wanted,
    { overrides, now }: { overrides: readonly Override[]; now: number },
  ): { commands: Command[]; againAt: number } {
    const commands: Command[] = []
    let againAt = Number.POSITIVE_INFINITY
    for (const [output, state] of this.#states) {
      // By a clock that was set back it would be protected for as long as that.
      if (state.offSince !== null && state.offSince > now) state.offSince = now
      const byHand = overrides.findLast(one => one.output === output && one.until > now)
      if (byHand) againAt = Math.min(againAt, byHand.until)
      const on = byHand?.on ?? wanted.has(output)
      if (state.told === on) continue
      const freeAt = on ? this.#freeAt(output, state) : now
      if (freeAt > now) {
        againAt = Math.min(againAt, freeAt)
        continue
      }
      state.offSince = on ? null : now
      state.told = on
      const why = byHand ? `by hand: ${byHand.by}, ${byHand.reason}` : (wanted.get(output) ?? AT_REST)
      commands.push({ output, on, why })
    }
    return { commands, againAt }
  }

  /** The clock was set, by so much: what was protected stays so for as long as it was to be. */
  shift(byMs: number): void {
    for (const state of this.#states.values()) if (state.offSince !== null) state.offSince += byMs
  }

  #freeAt(output: string, { offSince }: OutputState): number {
    const { minOffMs } = this.#interlocks.get(output) as Interlock
    return offSince === null ? Number.NEGATIVE_INFINITY : offSince + minOffMs
  }
}
