import { createHash } from 'node:crypto'
import { qualityOf } from '@picket/devices'
import type { Clock } from '@picket/devices/runtime'
import type { DerivedValue } from '../ports.ts'
import type { CopyProgress, CopySource, SourceRow, SourceSeries } from './copy-source.ts'
import { deliver } from './delivery.ts'
import type { LineWriter } from './line-protocol.ts'
import type { RemoteReadings } from './readings.ts'
import type { Send } from './send.ts'

export interface CopyParts {
  source: CopySource
  progress: CopyProgress
  lines: LineWriter
  send: Send
  remote: RemoteReadings
  clock: Clock
  onCopied: (readings: number) => void
}

/** What a copy came to. */
export interface CopyResult {
  series: number
  /** That were written and read back with the same count and check sum, in this run. */
  readings: number
  /** Older than the server keeps. */
  dropped: number
  /** Spans of series where what is read back differs, in words. */
  differences: string[]
}

/** The server did not answer; what was copied stays, and the next run goes on there. */
export class CopyBrokenOff extends Error {}

// With one more than this a page of the server's is not full.
const ROWS_AT_ONCE = 5000
const ATTEMPTS = 5
const FIRST_DELAY_MS = 1000

/**
 * Copies the readings of every series, some at a time, and reads back what it wrote. It may run beside the cloud: what
 * changed here meanwhile is written again, so that nothing older stands over what the shipper wrote.
 *
 * @throws CopyBrokenOff
 */
export async function copyHistory(parts: CopyParts): Promise<CopyResult> {
  const { source, progress, onCopied } = parts
  const result: CopyResult = { series: 0, readings: 0, dropped: 0, differences: [] }
  for (const series of source.series()) {
    result.series++
    for (let after = progress.of(series); ; ) {
      const rows = source.after(series, after, ROWS_AT_ONCE)
      if (rows.length === 0) break
      const { written, dropped } = await write(parts, series, rows)
      result.dropped += dropped
      const last = rows.at(-1) as SourceRow
      // The server dropped the oldest, which it does not keep.
      const difference = await differenceOf(parts, series, written.slice(dropped))
      if (difference) {
        result.differences.push(difference)
        break
      }
      result.readings += written.length - dropped
      progress.note(series, last.t)
      onCopied(rows.length)
      after = last.t
    }
  }
  return result
}

// Writes rows until they are the same after the write as before it; what went away is taken back.
async function write(
  parts: CopyParts,
  series: SourceSeries,
  first: SourceRow[],
): Promise<{ written: SourceRow[]; dropped: number }> {
  const from = (first[0] as SourceRow).t
  const to = (first.at(-1) as SourceRow).t
  let written = first
  let gone: DerivedValue[] = []
  for (;;) {
    const dropped = await send(parts, [...written.map(row => ({ ...series, ...row })), ...gone])
    const now = parts.source.between(series, from, to)
    if (checkSum(now) === checkSum(written)) return { written, dropped }
    const there = new Set(now.map(({ t }) => t))
    gone = written.filter(({ t }) => !there.has(t)).map(({ t, q }) => ({ ...series, t, q, v: null }))
    written = now
  }
}

async function send({ lines, send, clock }: CopyParts, values: readonly DerivedValue[]): Promise<number> {
  const texts = values.map(value => lines.line(value))
  for (let attempt = 1; ; attempt++) {
    const outcome = await deliver(texts, { send, now: clock.now() })
    // What was rejected is found missing when it is read back.
    if (outcome.kind === 'delivered') return outcome.dropped
    if (attempt === ATTEMPTS) throw new CopyBrokenOff(outcome.error)
    const delayMs = Math.max(FIRST_DELAY_MS * 2 ** (attempt - 1), outcome.retryAfterMs ?? 0)
    await new Promise<void>(resolve => clock.after(delayMs, resolve))
  }
}

async function differenceOf(
  { remote }: CopyParts,
  { device, quantity }: SourceSeries,
  rows: readonly SourceRow[],
): Promise<string | undefined> {
  const [first, last] = [rows[0], rows.at(-1)]
  if (!first || !last) return undefined
  const span = { from: first.t, to: last.t + 1, resolutionMs: 0, limit: rows.length + 1 }
  const there = await remote.range({ device, quantity, ...span }).catch((error: Error) => {
    throw new CopyBrokenOff(error.message)
  })
  if (there.length === rows.length && checkSum(there) === checkSum(rows)) return undefined
  const [from, to] = [first.t, last.t].map(t => new Date(t).toISOString())
  return `${device}/${quantity} from ${from} to ${to}: ${rows.length} readings here, ${there.length} there${there.length === rows.length ? ', with other values' : ''}`
}

// Of times, values to the last bit, and quality flags.
function checkSum(rows: readonly SourceRow[]): string {
  const numbers = new Float64Array(rows.length * 3)
  rows.forEach(({ t, v, q }, at) => {
    numbers.set([t, v, qualityOf(q)], at * 3)
  })
  return createHash('sha256').update(numbers).digest('hex')
}
