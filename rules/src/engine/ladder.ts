import { LEVELS, type Level, rankOf } from '../level.ts'
import type { LevelRule, Rule } from '../rule.ts'
import type { RungVerdict } from './decision.ts'

/** Where a ladder stands: plain data, times in ms UTC of event time. Its lists are replaced, never changed. */
export interface LadderState {
  /** Index of the rung in force, -1 for none. */
  rung: number
  /** Per rung: when its on-condition began to hold, moved on by the time it was unknown; null while it does not. */
  since: readonly (number | null)[]
  /** Per rung: the same, not moved on. */
  began: readonly (number | null)[]
  /** Per rung: since when its on-condition has been unknown. */
  unknownSince: readonly (number | null)[]
  /** Since when the off-condition of the rung in force holds. */
  clearingSince: number | null
  /** Since when the off-condition has been unknown while it was clearing. */
  clearingUnknownSince: number | null
  /** True while the inputs are silent for longer than the rule allows. */
  missing: boolean
  /** True while the rule is not in force. */
  outOfSeason: boolean
  /** Event time of the newest sample of any input; null before the first. */
  lastSample: number | null
  /** When the running episode began to hold; null while there is none. */
  onset: number | null
}

/** A change of the level in force, or of how fresh its readings are. `level` null: the episode is over. */
export interface LadderChange {
  kind: 'raised' | 'escalated' | 'deescalated' | 'cleared' | 'stale' | 'refreshed'
  level: Level | null
  at: number
  onset: number
}

export function newLadder(rule: Rule): LadderState {
  const none = (): null[] => rule.levels.map(() => null)
  return {
    rung: -1,
    since: none(),
    began: none(),
    unknownSince: none(),
    clearingSince: null,
    clearingUnknownSince: null,
    missing: false,
    outOfSeason: false,
    lastSample: null,
    onset: null,
  }
}

/** The level in force: the rung's, or the one for silence where that is higher. */
export function levelInForce(rule: Rule, state: LadderState): Level | null {
  if (state.outOfSeason) return null
  const ladder = rule.levels[state.rung]?.level
  if (!state.missing) return ladder ?? null
  const { then } = rule.missing
  const silent = then !== 'keep' && then !== 'stale' ? then : undefined
  const rank = Math.max(ladder ? rankOf(ladder) : -1, silent ? rankOf(silent) : -1)
  return LEVELS[rank] ?? null
}

/** True while the level in force rests on readings that are too old, by a rule that wants this told. */
export const isStale = (rule: Rule, state: LadderState): boolean =>
  rule.missing.then === 'stale' && state.missing && levelInForce(rule, state) !== null

/** The next instant at which time alone can change the ladder; Infinity when none. */
export function nextDue(rule: Rule, state: LadderState, missingAfterMs: number): number {
  const due = delayDue(rule, state)
  return state.missing || state.lastSample === null ? due : Math.min(due, state.lastSample + missingAfterMs)
}

/** The next instant at which a delay that runs will have passed; Infinity when none runs. */
export function delayDue(rule: Rule, state: LadderState): number {
  let due = Number.POSITIVE_INFINITY
  for (let rung = state.rung + 1; rung < rule.levels.length; rung++) {
    const since = state.since[rung]
    if (since == null || state.unknownSince[rung] !== null) continue
    due = Math.min(due, since + (rule.levels[rung] as LevelRule).forMs)
  }
  const clearForMs = rule.levels[state.rung]?.clearForMs
  if (clearForMs !== undefined && state.clearingSince !== null && state.clearingUnknownSince === null)
    due = Math.min(due, state.clearingSince + clearForMs)
  return due
}

/**
 * Moves the ladder to an instant.
 *
 * On-delays and off-delays run in event time. While a condition is unknown its delay neither runs nor starts
 * over. A higher rung takes over as soon as its delay has passed; the rung in force ends when its
 * off-condition has held for its off-delay, and the highest lower rung whose on-condition is not false
 * follows it.
 *
 * @param verdicts - what the conditions say at that instant; all unknown while inputs are missing
 * @returns the change of the level in force, if any
 */
export function moveLadder(
  rule: Rule,
  state: LadderState,
  { at, verdicts }: { at: number; verdicts: readonly RungVerdict[] },
): LadderChange | undefined {
  const before = levelInForce(rule, state)
  for (let rung = 0; rung < verdicts.length; rung++) {
    followCondition(state, { rung, on: (verdicts[rung] as RungVerdict).on, at })
  }
  const climbed = climb(rule, state, { at, verdicts })
  if (!climbed) fall(rule, state, { at, verdicts })
  return changeOf(rule, state, { before, at })
}

/** Notes that the inputs went silent or came back, and the change of level that follows. */
export function setMissing(
  rule: Rule,
  state: LadderState,
  { missing, at }: { missing: boolean; at: number },
): LadderChange | undefined {
  const before = levelInForce(rule, state)
  state.missing = missing
  const change = changeOf(rule, state, { before, at })
  if (change || before === null || rule.missing.then !== 'stale') return change
  return { kind: missing ? 'stale' : 'refreshed', level: before, at, onset: state.onset ?? at }
}

/**
 * Takes the rule out of force, which ends what runs, or puts it in force again, at the foot of its ladder.
 *
 * @returns the end of the running episode, if there was one; or, in force again, an alarm for silence
 */
export function setOutOfSeason(
  rule: Rule,
  state: LadderState,
  { outOfSeason, at }: { outOfSeason: boolean; at: number },
): LadderChange | undefined {
  const before = levelInForce(rule, state)
  const { missing, lastSample, onset } = state
  Object.assign(state, newLadder(rule), { outOfSeason, missing, lastSample, onset })
  const change = changeOf(rule, state, { before, at })
  if (change?.kind !== 'raised') return change
  // What was silent before the season is an alarm from its begin.
  state.onset = at
  return { ...change, onset: at }
}

function followCondition(
  state: LadderState,
  { rung, on, at }: { rung: number; on: boolean | undefined; at: number },
): void {
  const unknownSince = state.unknownSince[rung] as number | null
  const since = state.since[rung] as number | null
  if (on === undefined) {
    if (unknownSince === null) state.unknownSince = state.unknownSince.with(rung, at)
    return
  }
  if (unknownSince !== null) state.unknownSince = state.unknownSince.with(rung, null)
  if (on && since !== null) {
    if (unknownSince !== null) state.since = state.since.with(rung, since + (at - unknownSince))
    return
  }
  if (!on && since === null) return
  state.since = state.since.with(rung, on ? at : null)
  state.began = state.began.with(rung, on ? at : null)
}

interface Instant {
  at: number
  verdicts: readonly RungVerdict[]
}

function climb(rule: Rule, state: LadderState, { at, verdicts }: Instant): boolean {
  for (let rung = rule.levels.length - 1; rung > state.rung; rung--) {
    const since = state.since[rung]
    if (verdicts[rung]?.on !== true || since == null) continue
    if (at - since < (rule.levels[rung]?.forMs as number)) continue
    state.rung = rung
    stopClearing(state)
    return true
  }
  return false
}

function fall(rule: Rule, state: LadderState, { at, verdicts }: Instant): void {
  if (state.rung < 0) return
  const { on, off } = verdicts[state.rung] as RungVerdict
  if (off === undefined) {
    if (state.clearingSince !== null) state.clearingUnknownSince ??= at
    return
  }
  // `on` still true means that the level has not ended, whatever the off-condition says.
  if (!off || on === true) {
    stopClearing(state)
    return
  }
  if (state.clearingSince === null) state.clearingSince = at
  else if (state.clearingUnknownSince !== null) state.clearingSince += at - state.clearingUnknownSince
  state.clearingUnknownSince = null
  if (at - state.clearingSince < (rule.levels[state.rung]?.clearForMs as number)) return
  stopClearing(state)
  do state.rung--
  while (state.rung >= 0 && verdicts[state.rung]?.on === false)
}

function stopClearing(state: LadderState): void {
  state.clearingSince = null
  state.clearingUnknownSince = null
}

function changeOf(
  rule: Rule,
  state: LadderState,
  { before, at }: { before: Level | null; at: number },
): LadderChange | undefined {
  const level = levelInForce(rule, state)
  if (level === before) return undefined
  if (before === null) {
    const onset = state.rung >= 0 ? (state.began[state.rung] ?? at) : (state.lastSample ?? at)
    state.onset = onset
    return { kind: 'raised', level, at, onset }
  }
  const onset = state.onset ?? at
  if (level === null) {
    state.onset = null
    return { kind: 'cleared', level, at, onset }
  }
  return { kind: rankOf(level) > rankOf(before) ? 'escalated' : 'deescalated', level, at, onset }
}
