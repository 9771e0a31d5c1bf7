import { covers, type Flag, type FlagRequest, flagFault, flagOf, isInForce } from '../alarm/flag.ts'
import type { Withheld } from './event.ts'
import type { AlarmPlace } from './inhibition.ts'

/** A flag as the board keeps it. Plain data. */
export interface KeptFlag {
  flag: Flag
  /** Its time has come. */
  begun: boolean
  /** Its place among what falls due at the same instant. */
  rank: number
}

// Flags at the same time; further ones are refused.
const MAX_FLAGS = 10_000

/** The flags that are in force or will be. */
export class FlagBoard {
  readonly #flags: Map<string, KeptFlag>

  constructor(flags: Map<string, KeptFlag>) {
    this.#flags = flags
  }

  /** Puts a flag there; undefined where it cannot be. */
  set(request: FlagRequest, { now, rank }: { now: number; rank: number }): Flag | undefined {
    if (flagFault(request, now) || this.#flags.size >= MAX_FLAGS) return undefined
    const flag = flagOf(request, now)
    this.#flags.set(flag.id, { flag, begun: false, rank })
    return flag
  }

  get(id: string): KeptFlag | undefined {
    return this.#flags.get(id)
  }

  /** Takes a flag away; undefined where there is none. */
  remove(id: string): Flag | undefined {
    const kept = this.#flags.get(id)
    this.#flags.delete(id)
    return kept?.flag
  }

  /** What flags withhold an alarm now. */
  withholding(alarm: AlarmPlace, now: number): Withheld[] {
    const withholding: Withheld[] = []
    for (const { flag } of this.#flags.values()) {
      if (isInForce(flag, now) && covers(flag, alarm))
        withholding.push({ by: flag.kind, flag: flag.id, until: flag.until })
    }
    return withholding
  }
}
