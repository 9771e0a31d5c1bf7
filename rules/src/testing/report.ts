import { formatDuration } from '@picket/devices'
import type { Trace } from '../engine/event.ts'
import { formatNumber } from '../language/message.ts'
import { type Check, messagesOf } from './judge.ts'
import type { Expectation } from './prepare.ts'
import { passed, type TestResult } from './run-test.ts'
import type { Seen } from './seen.ts'

/** What a failed test is told by: for each unmet expectation its place, what was expected, seen, and why. */
export function reportOf({ test, checks, ruleFaults }: TestResult): string {
  const failed = checks.filter(({ wrong }) => wrong.length > 0)
  return [
    `FAIL ${test.file}:${test.line}: ${test.name}`,
    ...ruleFaults.map(fault => `  failed at run time: ${fault}`),
    ...failed.flatMap(check => reportCheck(check, test.start)),
  ].join('\n')
}

/** For example `3 tests, 12 expectations: 1 test failed`. */
export function summaryOf(results: readonly TestResult[]): string {
  const failed = results.filter(result => !passed(result)).length
  const checks = results.reduce((sum, result) => sum + result.checks.length, 0)
  return `${counted(results.length, 'test')}, ${counted(checks, 'expectation')}: ${
    failed === 0 ? 'all as expected' : `${counted(failed, 'test')} failed`
  }`
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

function reportCheck({ expectation, seen, wrong }: Check, start: number): string[] {
  const { file, line, atText, rule, scope } = expectation
  const since = (t: number): string => offset(t, start)
  return [
    `  ${file}:${line}: at ${atText}, ${rule.id} of ${scope} (${wrong.join(', ')})`,
    `    expected: ${expectedText(expectation, since)}`,
    `    seen:     ${seenText(expectation, seen, since)}`,
    ...(seen.trace ? traceLines(seen.trace, since).map(text => `      ${text}`) : []),
  ]
}

function expectedText(expectation: Expectation, since: (t: number) => string): string {
  const { state, level, notified, onset, retrospective, message, recorded } = expectation
  return [
    level ? `${state} ${level}` : state,
    ...(notified ? [toldText(notified)] : []),
    ...(onset === undefined ? [] : [`onset ${since(onset)}`]),
    ...(retrospective === undefined ? [] : [retrospective ? 'told as past' : 'told live']),
    ...(message === undefined ? [] : [`"${message}"`]),
    ...(recorded === undefined ? [] : [recordedText(recorded)]),
  ].join(', ')
}

function seenText(expectation: Expectation, seen: Seen, since: (t: number) => string): string {
  const { newest, notified, pending, state } = seen
  return [
    state === 'raised' ? `raised ${newest?.level}` : state === 'pending' ? [] : state,
    pending.map(({ level, since: begin, forMs }) => {
      const held = begin === null ? '' : ` since ${since(begin)}`
      return `pending ${level}${held} (for ${formatDuration(forMs)})`
    }),
    newest && state === 'pending' ? 'cleared before' : [],
    expectation.notified ? toldText(notified) : [],
    newest ? `onset ${since(newest.onset)}, told ${newest.retrospective ? 'as past' : 'live'}` : [],
    expectation.message === undefined ? [] : messagesOf(seen).map(text => `"${text}"`),
    expectation.recorded === undefined ? [] : recordedText(seen.recorded),
  ]
    .flat()
    .join(', ')
}

const recordedText = (values: Readonly<Record<string, number | null>>): string =>
  Object.keys(values).length === 0
    ? 'nothing recorded'
    : Object.entries(values)
        .map(([quantity, value]) => `${quantity} ${value ?? 'not recorded'}`)
        .join(', ')

const toldText = (channels: readonly string[]): string =>
  channels.length > 0 ? `told ${channels.join(' and ')}` : 'nobody told'

function traceLines(
  { values, conditions, missing, lastSample }: Trace,
  since: (t: number) => string,
): string[] {
  const known = Object.entries(values).map(
    ([name, value]) => `${name} = ${value === null ? 'unknown' : formatNumber(value)}`,
  )
  return [
    ...(known.length > 0 ? [known.join(', ')] : []),
    ...conditions.map(({ level, when, on, since: begin, until, off, clearingSince }) =>
      [
        `${level}: ${when} is ${on ?? 'unknown'}${begin === null ? '' : ` since ${since(begin)}`}`,
        ...(until === null ? [] : [`until ${until} is ${off ?? 'unknown'}`]),
        ...(clearingSince === null ? [] : [`clearing since ${since(clearingSince)}`]),
      ].join('; '),
    ),
    `last reading: ${lastSample === null ? 'none' : since(lastSample)}${missing ? ', silent for too long' : ''}`,
  ]
}

const offset = (t: number, start: number): string =>
  t < start ? `-${formatDuration(start - t)}` : formatDuration(t - start)
