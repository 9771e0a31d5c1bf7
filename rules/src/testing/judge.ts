import { fillMessage } from '../language/message.ts'
import type { Expectation } from './prepare.ts'
import type { Seen } from './seen.ts'

/** An expectation and what came of it. */
export interface Check {
  expectation: Expectation
  seen: Seen
  /** The keys of the expectation that were not met; empty when it was. */
  wrong: (keyof Expectation)[]
}

/** Holds what was expected against what was seen. Keys that the expectation leaves out are not looked at. */
export function judge(expectation: Expectation, seen: Seen): Check {
  const { state, level, notified, onset, message } = expectation
  const wrong: (keyof Expectation)[] = []
  if (state === 'pending' ? seen.pending.length === 0 : state !== seen.state) wrong.push('state')
  else if (level !== undefined && !levelsOf(state, seen).includes(level)) wrong.push('level')
  if (notified !== undefined && [...new Set(notified)].sort().join() !== seen.notified.join())
    wrong.push('notified')
  if (onset !== undefined && onset !== seen.newest?.onset) wrong.push('onset')
  if (expectation.stale !== undefined && expectation.stale !== seen.stale) wrong.push('stale')
  if (expectation.retrospective !== undefined && !seen.newest && state !== 'none' && state !== 'pending')
    wrong.push('retrospective')
  if (message !== undefined && !messagesOf(seen).includes(message)) wrong.push('message')
  if (!isRecorded(expectation.recorded ?? {}, seen.recorded)) wrong.push('recorded')
  return { expectation, seen, wrong }
}

const isRecorded = (wanted: Record<string, number | null>, seen: Record<string, number>): boolean =>
  Object.entries(wanted).every(([quantity, value]) => {
    const found = seen[quantity]
    if (value === null || found === undefined) return value === null && found === undefined
    const decimals = String(value).split('.')[1]?.length ?? 0
    return Math.abs(found - value) <= 0.5 * 10 ** -decimals
  })

/** The text of the newest step, in each language; empty before the first. */
export function messagesOf({ newest, highest }: Seen): string[] {
  if (!newest) return []
  const { rule, trace, device, site, level } = newest
  const values = { ...trace.values, device: device ?? site, site, level: level ?? highest }
  return (['en', 'zh'] as const).map(language => fillMessage(rule.message[language], values, language))
}

const levelsOf = (state: Expectation['state'], { pending, newest }: Seen): (string | null | undefined)[] =>
  state === 'pending' ? pending.map(({ level }) => level) : [newest?.level]
