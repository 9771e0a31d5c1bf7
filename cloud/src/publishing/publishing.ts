import type { Clock, Log } from '@picket/devices/runtime'
import type { ShadowReport } from '@picket/rules'
import { channelWarnings } from '../alerts/unknown-channels.ts'
import { sameConfiguration } from '../ingest/configuration-keeper.ts'
import { type Compiled, compileConfiguration } from '../ingest/engine-host.ts'
import type { StoppedShadow } from '../ingest/engines.ts'
import type { Ingest } from '../ingest/ingest.ts'
import type { Hand } from '../ingest/ingest-parts.ts'
import type { RuleSetEventKind, RuleSetRecord, RuleSetStore } from '../stores/ports.ts'
import { type Outcome, refuse, unknownRuleSet } from './outcome.ts'
import { type Plan, planOf } from './plan.ts'
import {
  CLOUD,
  digestOf,
  FILES,
  isPutInForce,
  lifeSafetyTouched,
  personOf,
  stateOf,
  wasInForce,
} from './rule-set.ts'

/** Who does something, and why. */
export interface Act {
  by: string
  why: string
}

export interface PublishingParts {
  ruleSets: RuleSetStore
  ingest: Ingest
  clock: Clock
  log: Log
}

// Proposals that wait; each may hold megabytes of text.
const MAX_OPEN = 100

/**
 * Revisions of the rule set: proposed, approved, put in force, rolled back. Every step runs in a transaction of the one
 * writer, so that the event in the store and the configuration in the journal are committed together.
 *
 * A change that touches a life-safety rule needs the approval of a person other than its author, given against the set
 * in force. One thing a single person may always do: go back to what was in force before the last change. It was judged
 * when it was published, and at night nobody should wait for a second person to undo a mistake.
 */
export class Publishing {
  readonly #parts: PublishingParts
  /** What was compiled last, and with what was in force then. */
  #newest: { key: string; around: Compiled; result: ReturnType<Publishing['compile']> } | undefined

  constructor(parts: PublishingParts) {
    this.#parts = parts
  }

  /** Adds a revision; answers with its number, or with every fault by file and line. */
  propose(packs: RuleSetRecord['packs'], { by, why }: Act): Promise<Outcome> {
    return this.#transact(() => {
      const { ruleSets } = this.#parts
      const compiled = this.compile(packs)
      if (!compiled.ok) return compiled
      if (ruleSets.open() >= MAX_OPEN)
        return refuse('rule-set-open', `${MAX_OPEN} proposals wait already; withdraw some`)
      return { ok: true, number: this.#add(packs, { by, why }) }
    })
  }

  /** Notes that somebody else than the author has read the revision and agrees. */
  approve(number: number, { by, why }: Act): Promise<Outcome> {
    return this.#transact(() => {
      const { ruleSets } = this.#parts
      const ruleSet = ruleSets.get(number)
      if (!ruleSet) return unknownRuleSet(number)
      const state = this.stateOf(number)
      if (state === 'live' || state === 'withdrawn')
        return refuse('rule-set-state', `rule set ${number} is ${state}: there is nothing to approve`)
      if (personOf(ruleSet.author) === personOf(by))
        return refuse('approval-own', `rule set ${number} is by ${by}; somebody else has to approve it`)
      this.#note(number, 'approved', { by, why })
      return { ok: true, number }
    })
  }

  /** Puts a proposal in force. */
  publish(number: number, act: Act): Promise<Outcome> {
    return this.#transact(hand => {
      const state = this.stateOf(number)
      if (!state) return unknownRuleSet(number)
      if (state === 'live') return refuse('rule-set-state', `rule set ${number} is in force already`)
      if (state === 'withdrawn') return refuse('rule-set-state', `rule set ${number} was withdrawn`)
      if (state === 'past')
        return refuse('rule-set-state', `rule set ${number} was in force before: roll back to it`)
      return this.#putInForce(number, { kind: 'published', act, hand, alone: false })
    })
  }

  /** Puts a revision in force again that was so before. */
  rollBack(number: number, act: Act): Promise<Outcome> {
    return this.#transact(hand => {
      const { ruleSets } = this.#parts
      if (!ruleSets.get(number)) return unknownRuleSet(number)
      if (ruleSets.live() === number)
        return refuse('rule-set-state', `rule set ${number} is in force already`)
      if (!wasInForce(ruleSets.events(number)))
        return refuse('rule-set-state', `rule set ${number} was never in force: publish it`)
      const alone = ruleSets.previous() === number
      return this.#putInForce(number, { kind: 'rolled-back', act, hand, alone })
    })
  }

  /** Ends a proposal for good. */
  withdraw(number: number, act: Act): Promise<Outcome> {
    return this.#transact(hand => {
      const state = this.stateOf(number)
      if (!state) return unknownRuleSet(number)
      if (state === 'live' || state === 'past' || state === 'withdrawn')
        return refuse('rule-set-state', `rule set ${number} is ${state} and cannot be withdrawn`)
      if (state === 'shadow') this.#endShadow(number, act, hand)
      this.#note(number, 'withdrawn', act)
      return { ok: true, number }
    })
  }

  /** What putting a revision in force would change now. */
  async plan(number: number): Promise<{ ok: true; plan: Plan } | Extract<Outcome, { ok: false }>> {
    const { ruleSets, ingest } = this.#parts
    const ruleSet = ruleSets.get(number)
    if (!ruleSet) return unknownRuleSet(number)
    const candidate = this.compile(ruleSet.packs)
    if (!candidate.ok) return candidate
    const plan = await ingest.look(({ engine, shadow }) =>
      planOf(
        engine,
        [ingest.compiled, candidate.compiled],
        shadow?.number === number ? shadow.run.runBeside() : undefined,
      ),
    )
    return { ok: true, plan: { ...plan, warnings: [...this.#overtaken(ruleSet), ...plan.warnings] } }
  }

  /** Lets a revision be judged beside what is in force; it takes the place of the shadow that runs. */
  shadow(number: number, act: Act): Promise<Outcome> {
    return this.#transact(hand => {
      const ruleSet = this.#parts.ruleSets.get(number)
      const state = this.stateOf(number)
      if (!ruleSet || !state) return unknownRuleSet(number)
      if (state === 'live' || state === 'withdrawn' || state === 'shadow')
        return refuse('rule-set-state', `rule set ${number} is ${state} and cannot be a shadow`)
      const candidate = this.compile(ruleSet.packs)
      if (!candidate.ok) return candidate
      const other = this.shadowed()
      if (other !== undefined)
        this.#note(other, 'unshadowed', { ...act, why: `rule set ${number} takes its place` })
      this.#note(number, 'shadowed', act)
      const now = this.#parts.clock.now()
      hand.step({ kind: 'shadow', now, shadow: { number, packs: ruleSet.packs, since: now } })
      return { ok: true, number }
    })
  }

  /** Ends the shadow; what it did otherwise is forgotten. */
  unshadow(number: number, act: Act): Promise<Outcome> {
    return this.#transact(hand => {
      if (!this.stateOf(number)) return unknownRuleSet(number)
      if (this.shadowed() !== number)
        return refuse('rule-set-state', `rule set ${number} is not in the shadow`)
      this.#endShadow(number, act, hand)
      return { ok: true, number }
    })
  }

  /** Notes that the shadow ended by itself. */
  shadowStopped({ number, why }: StoppedShadow): Promise<Outcome> {
    this.#parts.log.error({ ruleSet: number }, `the shadow was stopped: ${why}`)
    return this.unshadow(number, { by: CLOUD, why: `stopped: ${why}` })
  }

  /** What the shadow does otherwise than live; undefined where none runs. */
  shadowReport(): Promise<(ShadowReport & { number: number; since: number; at: number }) | undefined> {
    return this.#parts.ingest.look(({ engine, shadow }) => {
      if (!shadow) return undefined
      const { number, since, run } = shadow
      return { number, since, at: engine.now, ...run.report() }
    })
  }

  /** The revision that is in the shadow. */
  shadowed(): number | undefined {
    const number = this.#parts.ruleSets.shadowed()
    return number !== undefined && this.stateOf(number) === 'shadow' ? number : undefined
  }

  /** After a start: a shadow that did not come back is noted as ended. */
  async meetShadow(): Promise<void> {
    const noted = this.shadowed()
    const running = await this.#parts.ingest.look(({ shadow }) => shadow?.number)
    if (noted !== undefined && noted !== running)
      await this.shadowStopped({ number: noted, why: 'it did not come back after a start' })
  }

  /**
   * Takes what the configured files hold. Models and registry count at once. Packs that changed are a proposal, put in
   * force at once while the files lead (the set in force came from them) and no life-safety rule is touched. The first
   * set of all is put in force as it is: whoever installs Picket answers for it.
   */
  async takeFiles(files: Compiled): Promise<void> {
    const { log } = this.#parts
    const outcome = await this.#transact(hand => this.#takeFiles(files, hand))
    if (outcome.ok) log.info({ ruleSet: outcome.number }, 'the rules of the files are in force')
    else log.warn({ code: outcome.code }, outcome.message)
  }

  /**
   * At a start at which what was in force does not compile any more: the files, which do, are put in force as a whole.
   * Nobody can be asked; so it is told as loudly as can be, until a person publishes something.
   */
  async fallBack(files: Compiled, faults: readonly string[]): Promise<void> {
    const { log, ruleSets } = this.#parts
    await this.#transact(hand => {
      const live = ruleSets.live()
      const { packs } = files.configuration
      const number = this.#revisionOfFiles(packs)
      const why = `rule set ${live ?? 'of before'} does not compile any more: ${faults[0]}`
      log.error({ ruleSet: number, faults: faults.slice(0, 5) }, `started from the files: ${why}`)
      this.#note(number, 'fell-back', { by: FILES, why })
      hand.configure(files)
      return { ok: true, number }
    })
  }

  /** Why the files are in force, where that is because what was in force before does not compile any more. */
  fellBack(): { at: number; why: string } | undefined {
    const { ruleSets } = this.#parts
    const live = ruleSets.live()
    const newest = live === undefined ? undefined : ruleSets.events(live).findLast(isPutInForce)
    return newest?.kind === 'fell-back' ? { at: newest.at, why: newest.why } : undefined
  }

  /** The newest proposal of the files, where something else is in force. */
  filesDiffer(): { number: number; touches: string[] } | undefined {
    const { ruleSets } = this.#parts
    const newest = ruleSets.newestBy(FILES)
    const live = ruleSets.live()
    if (!newest || live === undefined || ruleSets.get(live)?.digest === newest.digest) return undefined
    return { number: newest.number, touches: this.#touches(newest.packs) }
  }

  /** Undefined where there is no such revision. */
  stateOf(number: number): ReturnType<typeof stateOf> | undefined {
    const { ruleSets } = this.#parts
    if (!ruleSets.get(number)) return undefined
    return stateOf(ruleSets.events(number), ruleSets.live() === number)
  }

  /** What its publisher should know of a revision: what it would undo, and whom its rules would tell in vain. */
  warningsOf(ruleSet: RuleSetRecord): string[] {
    const { ruleSets, ingest } = this.#parts
    if (ruleSets.live() === ruleSet.number) return channelWarnings(ingest.compiled)
    const candidate = this.compile(ruleSet.packs)
    return [...this.#overtaken(ruleSet), ...(candidate.ok ? channelWarnings(candidate.compiled) : [])]
  }

  // Two people at once: whoever proposed it did not know of what came into force since.
  #overtaken({ number, parent }: RuleSetRecord): string[] {
    const { ruleSets } = this.#parts
    const live = ruleSets.live()
    if (live === undefined || live === parent || wasInForce(ruleSets.events(number))) return []
    return [
      `rule set ${live} came into force after ${number} was proposed: what only ${live} has would be undone`,
    ]
  }

  /** Whether a revision's change touches life-safety rules, and who has approved it. */
  approvalOf(ruleSet: RuleSetRecord): { touches: string[]; approvedBy: string | null } {
    const { ruleSets } = this.#parts
    const others = ruleSets.approvals(ruleSet.number).filter(by => personOf(by) !== personOf(ruleSet.author))
    const isLive = ruleSets.live() === ruleSet.number
    return { touches: isLive ? [] : this.#touches(ruleSet.packs), approvedBy: others[0] ?? null }
  }

  /** Compiles packs with the models, the registry and the channels in force. */
  compile(packs: RuleSetRecord['packs']): { ok: true; compiled: Compiled } | Extract<Outcome, { ok: false }> {
    const around = this.#parts.ingest.compiled
    const key = digestOf(packs)
    // The steps of one revision follow each other: each would compile it anew.
    if (this.#newest?.key === key && this.#newest.around === around) return this.#newest.result
    const read = compileConfiguration({ ...around.configuration, packs }, around)
    const result: ReturnType<Publishing['compile']> =
      'compiled' in read
        ? { ok: true, compiled: read.compiled }
        : refuse('rule-set-faults', 'the rule set does not compile', read.faults)
    this.#newest = { key, around, result }
    return result
  }

  #transact(work: (hand: Hand) => Outcome): Promise<Outcome> {
    return this.#parts.ingest.transact(work)
  }

  #touches(packs: RuleSetRecord['packs']): string[] {
    const candidate = this.compile(packs)
    return candidate.ok ? lifeSafetyTouched(this.#parts.ingest.compiled.rules, candidate.compiled.rules) : []
  }

  #putInForce(
    number: number,
    how: { kind: 'published' | 'rolled-back'; act: Act; hand: Hand; alone: boolean },
  ): Outcome {
    const ruleSet = this.#parts.ruleSets.get(number) as RuleSetRecord
    const candidate = this.compile(ruleSet.packs)
    if (!candidate.ok) return candidate
    const { touches, approvedBy } = this.approvalOf(ruleSet)
    if (touches.length > 0 && approvedBy === null && !how.alone)
      return refuse(
        'approval-needed',
        `rule set ${number} changes life-safety rules (${touches.join(', ')}): somebody else than ${ruleSet.author} has to approve it`,
      )
    const isShadow = this.shadowed() === number
    this.#note(number, how.kind, how.act)
    how.hand.configure(candidate.compiled, isShadow)
    return { ok: true, number }
  }

  #takeFiles(files: Compiled, hand: Hand): Outcome {
    const { ruleSets, ingest } = this.#parts
    const { packs } = files.configuration
    const act = { by: FILES, why: 'the configured files' }
    const live = ruleSets.live()
    if (live === undefined) {
      const number = this.#add(packs, act)
      this.#note(number, 'published', act)
      hand.configure(files)
      return { ok: true, number }
    }
    const inForce = ruleSets.get(live) as RuleSetRecord
    const around = compileConfiguration({ ...files.configuration, packs: inForce.packs }, files)
    if (digestOf(packs) === inForce.digest) {
      if (!sameConfiguration(files.configuration, ingest.compiled.configuration)) hand.configure(files)
      return { ok: true, number: live }
    }
    const isNew = ruleSets.newestBy(FILES)?.digest !== digestOf(packs)
    const number = this.#revisionOfFiles(packs)
    const touches = lifeSafetyTouched(ingest.compiled.rules, files.rules)
    if (isNew && inForce.author === FILES && touches.length === 0) {
      this.#note(number, 'published', act)
      hand.configure(files)
      return { ok: true, number }
    }
    if ('faults' in around)
      return refuse(
        'rule-set-faults',
        `rule set ${live} in force does not go with the changed models or registry, which were not taken`,
        around.faults,
      )
    if (!sameConfiguration(around.compiled.configuration, ingest.compiled.configuration))
      hand.configure(around.compiled)
    return refuse(
      touches.length > 0 ? 'approval-needed' : 'rule-set-state',
      `in force is rule set ${live} by ${inForce.author}; the files differ: they are rule set ${number}, which waits to be ${touches.length > 0 ? 'approved and published' : 'published'}`,
    )
  }

  #endShadow(number: number, act: Act, hand: Hand): void {
    this.#note(number, 'unshadowed', act)
    hand.step({ kind: 'unshadow', now: this.#parts.clock.now() })
  }

  #revisionOfFiles(packs: RuleSetRecord['packs']): number {
    const newest = this.#parts.ruleSets.newestBy(FILES)
    if (newest?.digest === digestOf(packs)) return newest.number
    return this.#add(packs, { by: FILES, why: 'the configured files' })
  }

  #add(packs: RuleSetRecord['packs'], act: Act): number {
    const { ruleSets, clock } = this.#parts
    const number = ruleSets.add({
      parent: ruleSets.live() ?? null,
      digest: digestOf(packs),
      author: act.by,
      at: clock.now(),
      reason: act.why,
      packs: packs.map(({ file, text }) => ({ file, text })),
    })
    this.#note(number, 'proposed', act)
    return number
  }

  #note(number: number, kind: RuleSetEventKind, { by, why }: Act): void {
    this.#parts.ruleSets.note(number, { kind, at: this.#parts.clock.now(), by, why })
  }
}
