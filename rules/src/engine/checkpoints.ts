import type { Memories } from './features.ts'
import type { LadderState } from './ladder.ts'

/** A ladder as it was: what late readings begin again from. */
export interface Checkpoint {
  /** Event time up to which the ladder had been moved. */
  clock: number
  ladder: LadderState
  /** What the detectors remembered. */
  memories: Memories
  /** Engine time when it was pinned because a gap in the readings began here; null for a regular one. */
  pinnedAt: number | null
}

/** Checkpoints of one scope, plain data. */
export interface CheckpointState {
  /** Oldest first. */
  kept: Checkpoint[]
  /** The ladder before time alone moved it past its newest sample; null while it did not. */
  beforeTimers: Checkpoint | null
}

const REGULAR = 2
const PINNED = 3
const MOST = 20
// A gateway that was away longer than this has its backlog stored, but no rule begins again from before it.
const PIN_MS = 24 * 3_600_000

/** The newest checkpoint before `t`, if one reaches back so far. */
export function checkpointBefore({ kept, beforeTimers }: CheckpointState, t: number): Checkpoint | undefined {
  if (beforeTimers && beforeTimers.clock < t) return beforeTimers
  return kept.findLast(({ clock }) => clock < t)
}

/** True for a sample that a timer did not wait for: it may have changed what the timer decided. */
export const isForestalled = ({ beforeTimers }: CheckpointState, clock: number, t: number): boolean =>
  beforeTimers !== null && t <= clock && beforeTimers.clock < t

/** Keeps the ladder as it stands before time alone moves it. */
export function keepBeforeTimers(
  state: CheckpointState,
  now: { clock: number; ladder: LadderState },
  memories: () => Memories,
): void {
  state.beforeTimers ??= {
    clock: now.clock,
    ladder: { ...now.ladder },
    memories: memories(),
    pinnedAt: null,
  }
}

/** Regular checkpoints are kept between two samples that such a length of time begins between, counted from 1970. */
const isTimeFor = (t: number, clock: number, everyMs: number): boolean =>
  Math.floor(t / everyMs) > Math.floor(clock / everyMs)

/**
 * Keeps the ladder as it stood at an instant since which only its newest sample became another one.
 *
 * @param now - engine time of the sample before which it is kept
 */
export function keepQuiet(
  state: CheckpointState,
  ladder: LadderState,
  { clock, now, memories }: { clock: number; now: number; memories: Memories },
): void {
  const stood = { ...ladder, lastSample: clock }
  state.kept = wantedOf([...state.kept, { clock, ladder: stood, memories, pinnedAt: null }], now, () => false)
}

/**
 * Keeps the ladder as it stands before the sample at `t`, when a gap ends there or a length of `everyMs` began
 * since the newest sample. Two regular ones are kept, and for a day three at the beginnings of gaps. Where several devices are
 * read, the newest one before the newest sample of each is kept for a day too: from it begins again what one of them
 * sends after it was cut off, whatever the others sent meanwhile.
 *
 * @param lastTimes - event times of the newest sample of each device, where they are several
 */
export function keepBeforeSample(
  state: CheckpointState,
  current: { clock: number; ladder: LadderState },
  {
    t,
    now,
    everyMs,
    gapMs,
    memories,
    lastTimes,
  }: {
    t: number
    now: number
    everyMs: number
    gapMs: number
    memories: () => Memories
    lastTimes: () => readonly number[]
  },
): void {
  const { lastSample } = current.ladder
  const gap = lastSample === null || t - lastSample > gapMs
  const newest = state.kept.at(-1)
  const before = state.beforeTimers
  const base = before ?? current
  state.beforeTimers = null
  if (!gap && newest && !isTimeFor(t, base.clock, everyMs)) return
  if (newest && base.clock <= newest.clock) return
  state.kept.push({
    clock: base.clock,
    ladder: before ? before.ladder : { ...current.ladder },
    memories: before ? before.memories : memories(),
    pinnedAt: gap ? now : null,
  })
  const held = lastTimes().map(last => state.kept.findLast(({ clock }) => clock <= last))
  state.kept = wantedOf(state.kept, now, one => t - one.clock < PIN_MS && held.includes(one))
}

// Of checkpoints in order of time those still wanted, the oldest first.
function wantedOf(
  kept: readonly Checkpoint[],
  now: number,
  isHeld: (one: Checkpoint) => boolean,
): Checkpoint[] {
  const wanted: Checkpoint[] = []
  let regular = 0
  let pinned = 0
  for (let at = kept.length - 1; at >= 0 && wanted.length < MOST; at--) {
    const one = kept[at] as Checkpoint
    const isWanted =
      one.pinnedAt === null ? regular++ < REGULAR : now - one.pinnedAt < PIN_MS && pinned++ < PINNED
    if (isWanted || isHeld(one)) wanted.push(one)
  }
  return wanted.reverse()
}
