import { type DestinationStream, destination, type Logger, pino } from 'pino'
import { LogLimit } from './log-limit.ts'

export type Log = Logger

export interface LogOptions {
  /** Where the lines go: standard output without it. */
  stream?: DestinationStream
  /** ms that pass evenly. */
  elapsedMs?: () => number
}

/** Lines of the same message in a minute. */
const LINES = 20
const PERIOD_MS = 60_000
/** A line that is longer is cut off: the log of a fault must not be larger than what it tells of. */
const MAX_LINE_LENGTH = 16_384
const LEFT_OUT = 'lines were left out'
/** Fields that make two lines with the same words different messages. */
const SUBJECTS = ['source', 'gateway', 'device', 'output', 'rule', 'channel', 'code'] as const

/**
 * A structured log on standard output, one JSON object a line; secrets under the usual names are removed. The same
 * message is written 20 times a minute at most; then a line tells how often it was left out.
 */
export function createLog(name: string, options: LogOptions = {}): Log {
  const { stream = destination({ fd: 1, sync: true }), elapsedMs = () => performance.now() } = options
  const limit = new LogLimit(LINES, PERIOD_MS)
  let isTimed = false
  const tellLeftOut = (log: Log): void => {
    for (const { key, count } of limit.ended(elapsedMs()))
      log.warn({ message: key, leftOut: count }, LEFT_OUT)
  }
  return pino(
    {
      name,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      level: 'info',
      redact: { paths: ['password', 'token', 'secret', '*.password', '*.token', '*.secret'], remove: true },
      serializers: { error: pino.stdSerializers.err },
      hooks: {
        logMethod(parameters, method) {
          const [fields, words] = parameters as unknown as [unknown, unknown]
          if (words === LEFT_OUT) return method.apply(this, parameters)
          tellLeftOut(this)
          if (limit.admits(keyOf(fields, words), elapsedMs())) return method.apply(this, parameters)
          if (isTimed) return
          isTimed = true
          const tell = (): void => {
            isTimed = false
            tellLeftOut(this)
          }
          setTimeout(tell, PERIOD_MS).unref()
        },
        streamWrite: cutOff,
      },
    },
    stream,
  )
}

function keyOf(fields: unknown, words: unknown): string {
  if (typeof fields === 'string') return fields
  const known = (fields ?? {}) as Record<string, unknown>
  const subjects = SUBJECTS.map(subject => known[subject]).filter(value => typeof value === 'string')
  return [words ?? known.message, ...subjects].join(' ')
}

function cutOff(line: string): string {
  if (line.length <= MAX_LINE_LENGTH) return line
  const { level, time, name, msg } = JSON.parse(line) as Record<string, unknown>
  const cut = { level, time, name, msg, cutOff: line.slice(0, MAX_LINE_LENGTH / 4) }
  return `${JSON.stringify(cut)}\n`
}
