import type { KeyObject } from 'node:crypto'
import { DesiredState, openDesired, type Reported } from '@picket/devices'
import type { Log } from '@picket/devices/runtime'
import { Value } from 'typebox/value'
import { compileRuleSet, type RuleSet } from './rule-set.ts'

/** Where small things are kept beside the outbox, in a commit of their own. */
export interface Keeping {
  /** Null takes it away. */
  keep(name: string, body: Buffer | null): void
  kept(name: string): Buffer | undefined
}

export interface DesiredKeeperOptions {
  gateway: string
  /** The cloud's public key. */
  key: KeyObject
  outputs: ReadonlySet<string>
  keeping: Keeping
  log: Log
}

const IN_FORCE = 'guard.desired'
const BEFORE = 'guard.desired-before'
const MOST_FAULTS = 20
const LONGEST_FAULT = 1000

/**
 * Keeps what the cloud wants this gateway to run: verified, compiled, written down before it is in force. What does not
 * load is refused, reported, and changes nothing; what no longer loads after an update of this program falls back to
 * the one before.
 */
export class DesiredKeeper {
  readonly #options: DesiredKeeperOptions
  #ruleSet: RuleSet | undefined
  #refused: Reported['refused']

  constructor(options: DesiredKeeperOptions) {
    this.#options = options
    for (const name of [IN_FORCE, BEFORE]) {
      const text = options.keeping.kept(name)
      if (text === undefined) continue
      // It was verified before it was written, perhaps by an older version of this program.
      const desired: unknown = JSON.parse(text.toString())
      if (!Value.Check(DesiredState, desired)) {
        options.log.error({ name }, 'rules that were kept cannot be read; the cloud is asked anew')
        continue
      }
      const result = compileRuleSet(desired, options.outputs)
      if ('ruleSet' in result) {
        this.#ruleSet = result.ruleSet
        break
      }
      this.#refuse(desired.revision, result.faults)
    }
  }

  get ruleSet(): RuleSet | undefined {
    return this.#ruleSet
  }

  /** The newest revision that was refused, if it is newer than what is in force. */
  get refused(): Reported['refused'] {
    const revision = this.#ruleSet?.desired.revision ?? 0
    return this.#refused && this.#refused.revision > revision ? this.#refused : undefined
  }

  /**
   * Takes what came on the downlink.
   *
   * @returns the rule set, now in force and on disk; undefined where it was refused
   */
  take(payload: Uint8Array, now: number): RuleSet | undefined {
    const { gateway, key, outputs, keeping, log } = this.#options
    const newest = this.#ruleSet?.desired.revision ?? 0
    const desired = openDesired(payload, key, { gateway, newest, now })
    if ('code' in desired) {
      // The same again is no news: the cloud sends it until it hears of it.
      if (desired.code !== 'desired-old') log.error({ ...desired }, 'refused what the cloud wants')
      return undefined
    }
    const result = compileRuleSet(desired, outputs)
    if ('faults' in result) {
      this.#refuse(desired.revision, result.faults)
      return undefined
    }
    try {
      const before = keeping.kept(IN_FORCE)
      if (before) keeping.keep(BEFORE, before)
      keeping.keep(IN_FORCE, Buffer.from(JSON.stringify(desired)))
    } catch (error) {
      this.#refuse(desired.revision, [`it cannot be written down: ${(error as Error).message}`])
      return undefined
    }
    this.#ruleSet = result.ruleSet
    log.info({ revision: desired.revision, rules: result.ruleSet.rules.length }, 'rules from the cloud')
    return result.ruleSet
  }

  /** Writes down once more what is in force. */
  keepAnew(): void {
    const desired = this.#ruleSet?.desired
    try {
      if (desired) this.#options.keeping.keep(IN_FORCE, Buffer.from(JSON.stringify(desired)))
    } catch (error) {
      this.#options.log.error({ error }, 'the rules from the cloud cannot be written down')
    }
  }

  #refuse(revision: number, faults: readonly string[]): void {
    const told = faults.slice(0, MOST_FAULTS).map(fault => fault.slice(0, LONGEST_FAULT))
    this.#refused = { revision, faults: told }
    this.#options.log.error({ revision, faults: told }, 'rules from the cloud do not load; the old ones stay')
  }
}
