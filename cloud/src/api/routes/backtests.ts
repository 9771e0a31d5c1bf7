import { Readable } from 'node:stream'
import type { BacktestMessage } from '../../backtests/backtest-request.ts'
import { ApiError } from '../errors.ts'
import { BacktestBody } from '../schemas.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'

const BODY_LIMIT_BYTES = 4 * 1024 * 1024
const DEFAULT_SPAN_MS = 30 * 86_400_000
const RETRY_AFTER_S = 5
const MOST_DETAILS = 50

/** What other rules would have done over the stored readings. */
export function backtestRoutes(api: Api, services: Services): void {
  api.post(
    `${BASE}/backtests`,
    {
      bodyLimit: BODY_LIMIT_BYTES,
      schema: {
        operationId: 'backtest',
        summary:
          'Lines of JSON: {"progress":0.5} while it runs, and at last {"result":...}; hanging up ends it',
        tags: ['rules'],
        body: BacktestBody,
        response: {
          200: {
            description: 'lines of JSON',
            content: { 'application/x-ndjson': { schema: { type: 'string' } } },
          },
          ...refusals,
        },
      },
    },
    async ({ body }, reply) => {
      const to = body.to ?? services.clock.now() + 1
      const from = body.from ?? to - DEFAULT_SPAN_MS
      if (from >= to) throw new ApiError('bad-parameter', 'from must be before to')
      const messages = new MessageQueue()
      const started = services.backtest({ ...body, from, to }, message => messages.put(message))
      if (!started) throw new ApiError('busy', 'another backtest runs; only one at a time', RETRY_AFTER_S)
      // Before anything is sent: whoever hangs up wants no answer.
      reply.raw.once('close', started.giveUp)
      const first = await messages.take()
      if ('refused' in first) throw refusal(first.refused)
      if ('failed' in first) throw new Error(first.failed)
      reply.type('application/x-ndjson; charset=utf-8')
      // Fastify sends a stream as it is; its types know the schema's text only.
      return reply.send(Readable.from(linesOf(first, messages)) as unknown as string)
    },
  )
}

async function* linesOf(first: BacktestMessage, messages: MessageQueue): AsyncGenerator<string> {
  for (let message = first; ; message = await messages.take()) {
    if ('refused' in message)
      yield line({ error: { code: 'bad-request', message: message.refused.join('\n') } })
    else if ('failed' in message) yield line({ error: { code: 'internal', message: 'the backtest failed' } })
    else yield line(message)
    if (!('progress' in message)) return
  }
}

const refusedAs = (details: readonly string[]) => ({
  message: 'this cannot be backtested',
  details: details.slice(0, MOST_DETAILS),
})

function refusal(lines: readonly string[]): ApiError {
  const { message, details } = refusedAs(lines)
  const error = new ApiError('bad-request', message)
  error.details = details
  return error
}

const line = (value: unknown): string => `${JSON.stringify(value)}\n`

/** Messages that come, for one who waits for them. */
class MessageQueue {
  readonly #waiting: BacktestMessage[] = []
  #taker: ((message: BacktestMessage) => void) | undefined

  put(message: BacktestMessage): void {
    if (this.#taker) this.#taker(message)
    else this.#waiting.push(message)
    this.#taker = undefined
  }

  take(): Promise<BacktestMessage> {
    const message = this.#waiting.shift()
    if (message) return Promise.resolve(message)
    return new Promise(resolve => {
      this.#taker = resolve
    })
  }
}
