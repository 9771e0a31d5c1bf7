import type { Agent } from 'node:http'
import { HttpError, InfluxDB, setLogger, type WriteApi } from '@influxdata/influxdb-client'
import { StartError } from '@picket/devices'
import { boundedAgent } from './bounded-agent.ts'
import type { InfluxConfig } from './config.ts'
import { type Credentials, readCredentials } from './credentials.ts'

/** What came of one request. `error` holds no secret. */
export type SendOutcome =
  /** `dropped`: so many lines are older than the server keeps, and are nowhere. */
  | { kind: 'written'; dropped: number }
  /** Another try may help, soon or when somebody has put it right; `retryAfterMs` where the server said when. */
  | { kind: 'unavailable'; error: string; retryAfterMs?: number }
  /** The server does not take at least one of these lines, or not so many at once. */
  | { kind: 'rejected'; error: string }

export type Send = (lines: readonly string[]) => Promise<SendOutcome>

const TIMEOUT_MS = 30_000
const MAX_RETRY_AFTER_MS = 3_600_000
const MAX_ERROR_LENGTH = 300
const GZIP_ABOVE_BYTES = 1000
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/
// The shipper decides how much goes at once; the client must not cut it up.
const UNLIMITED = 2 ** 30

// 413 asks for less at once, and 422 is how version 2 says 400 of points that it cannot keep.
const REJECTIONS = new Set([400, 413, 422])

/**
 * One request to the server with the official client, without its retries and buffers: the journal stands before it.
 * The token is read anew for each request, so that it can be changed without a restart.
 */
export class InfluxSender {
  readonly #config: InfluxConfig
  readonly #timeoutMs: number
  readonly #agent: Agent
  #client: { credentials: Credentials | undefined; api: WriteApi } | undefined

  /** @param config - its tokenFile can be opened as it is */
  constructor(config: InfluxConfig, timeoutMs = TIMEOUT_MS) {
    this.#config = config
    this.#timeoutMs = timeoutMs
    this.#agent = boundedAgent(config.url)
    // The client would print errors, with whatever the server answered.
    setLogger({ error() {}, warn() {} })
  }

  async send(lines: readonly string[]): Promise<SendOutcome> {
    let timer: NodeJS.Timeout | undefined
    try {
      const api = this.#open()
      api.writeRecords(lines as string[])
      const timeout = new Promise<'late'>(resolve => {
        timer = setTimeout(resolve, this.#timeoutMs, 'late')
      })
      if ((await Promise.race([api.flush(), timeout])) !== 'late') return { kind: 'written', dropped: 0 }
      // Whatever still comes over these connections comes too late.
      this.#agent.destroy()
      return { kind: 'unavailable', error: `no answer within ${this.#timeoutMs} ms` }
    } catch (error) {
      return outcomeOf(error, { credentials: this.#client?.credentials, now: Date.now() })
    } finally {
      clearTimeout(timer)
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  #open(): WriteApi {
    const { url, version, org, bucket } = this.#config
    const credentials = readCredentials(this.#config)
    const authorization = credentials?.authorization
    if (this.#client && this.#client.credentials?.authorization === authorization) return this.#client.api
    const influx = new InfluxDB({
      url,
      ...(authorization === undefined ? {} : { headers: { authorization } }),
      timeout: this.#timeoutMs,
      transportOptions: { agent: this.#agent },
    })
    const api = influx.getWriteApi(org, bucket, 'ms', {
      batchSize: UNLIMITED,
      maxBatchBytes: UNLIMITED,
      flushInterval: 0,
      maxRetries: 0,
      gzipThreshold: isHere(url) ? UNLIMITED : GZIP_ABOVE_BYTES,
    })
    if (version === 1) api.path = `/write?db=${encodeURIComponent(bucket)}&precision=ms`
    this.#client = { credentials, api }
    return api
  }
}

// Packing costs more than all else that is done for a line, and nothing has to be spared on the way to one's own machine.
const isHere = (url: string): boolean => LOOPBACK.test(new URL(url).hostname)

function outcomeOf(
  error: unknown,
  { credentials, now }: { credentials: Credentials | undefined; now: number },
): SendOutcome {
  if (error instanceof StartError) return { kind: 'unavailable', error: `not sent: ${error.message}` }
  if (!(error instanceof HttpError)) {
    const { code, name, path } = error as NodeJS.ErrnoException
    // With a path where the token's file cannot be read.
    return { kind: 'unavailable', error: `not sent: ${path === undefined ? '' : `${path}: `}${code ?? name}` }
  }
  const { statusCode, headers } = error
  const said = saidBy(error, credentials)
  const outside = /beyond retention policy dropped=(\d+)|dropped (\d+) points outside retention/.exec(said)
  // The other lines of the request are written; these would be dropped again.
  if (outside) return { kind: 'written', dropped: Number(outside[1] ?? outside[2]) }
  const told = `answered with status ${statusCode}${said ? `: ${said}` : ''}`
  if (REJECTIONS.has(statusCode)) return { kind: 'rejected', error: told }
  // Of the client's own retryAfter() the unit is not clear: the header is in seconds or a date.
  const retryAfterMs = readRetryAfter(headers?.['retry-after'], now)
  return { kind: 'unavailable', error: told, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

function saidBy({ json, body }: HttpError, credentials: Credentials | undefined): string {
  const said = String(json?.message ?? json?.error ?? body ?? '')
  return (credentials?.outOf(said) ?? said).replace(/\s+/g, ' ').slice(0, MAX_ERROR_LENGTH)
}

/** RFC 9110, section 10.2.3. */
function readRetryAfter(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string') return undefined
  const waitMs = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS) : undefined
}
