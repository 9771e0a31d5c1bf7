import { destination, type Logger, pino } from 'pino'

export type Log = Logger

/** A structured log on standard output, one JSON object a line; secrets under the usual names are removed. */
export function createLog(name: string): Log {
  return pino(
    {
      name,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      level: 'info',
      redact: { paths: ['password', 'token', 'secret', '*.password', '*.token', '*.secret'], remove: true },
      serializers: { error: pino.stdSerializers.err },
    },
    destination({ fd: 1, sync: true }),
  )
}
