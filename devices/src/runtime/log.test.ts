import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLog, type Log } from './log.ts'

interface Line {
  msg: string
  [field: string]: unknown
}

let lines: Line[]
let now: number
let log: Log

beforeEach(() => {
  vi.useFakeTimers()
  lines = []
  now = 0
  log = createLog('test', {
    stream: { write: line => void lines.push(JSON.parse(line)) },
    elapsedMs: () => now,
  })
})
afterEach(() => vi.useRealTimers())

const pass = (ms: number): void => {
  now += ms
  vi.advanceTimersByTime(ms)
}

describe('the log', () => {
  it('writes the same message twenty times a minute at most, and then tells how often it was left out', () => {
    for (let times = 0; times < 1000; times++) log.warn({ retryInMs: times }, 'no connection')
    expect(lines).toHaveLength(20)
    pass(60_000)
    expect(lines.slice(20)).toMatchObject([
      { msg: 'lines were left out', message: 'no connection', leftOut: 980 },
    ])
    log.warn({ retryInMs: 0 }, 'no connection')
    expect(lines).toHaveLength(22)
  })

  it('keeps other messages, and the same one of another source', () => {
    for (let times = 0; times < 100; times++) log.error({ source: 'one' }, 'a source does not run')
    log.error({ source: 'two' }, 'a source does not run')
    log.info('gateway started')
    expect(lines.slice(20)).toMatchObject([{ source: 'two' }, { msg: 'gateway started' }])
  })

  it('stays bounded where every message is another', () => {
    for (let times = 0; times < 10_000; times++) log.info(`message ${times}`)
    expect(lines).toHaveLength(256 + 20)
    pass(60_000)
    expect(lines.at(-1)).toMatchObject({ message: 'other messages', leftOut: 10_000 - 276 })
  })

  it('cuts a long line off, and keeps it JSON', () => {
    log.warn({ sample: 'x'.repeat(100_000) }, 'refused input')
    expect(lines).toMatchObject([{ level: 40, name: 'test', msg: 'refused input' }])
    expect(JSON.stringify(lines[0]).length).toBeLessThan(6000)
  })

  it('never shows a secret', () => {
    log.info({ password: 'open sesame', cloud: { token: 'open sesame' } }, 'started')
    expect(JSON.stringify(lines)).not.toContain('sesame')
  })
})
