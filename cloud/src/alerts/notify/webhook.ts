import { readFile } from 'node:fs/promises'
import type { Clock } from '@picket/devices/runtime'
import type { NotificationRecord } from '../../stores/ports.ts'
import type { WebhookChannel } from './channel.ts'

/** What came of one attempt. `error` holds neither the address nor the token. */
export type Outcome =
  | { kind: 'delivered' }
  /** Worth another try soon; `retryAfterMs` where the other side said when. */
  | { kind: 'unavailable'; error: string; retryAfterMs?: number }
  /** Refused: another try soon would be refused too. */
  | { kind: 'refused'; error: string }

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

const TIMEOUT_MS = 10_000
const MAX_RETRY_AFTER_MS = 3_600_000

/**
 * Posts one notification. Every attempt at it carries the same Idempotency-Key, so the other side can tell a
 * repeated one. Redirects are not followed: they would carry the token to an address that nobody configured.
 */
export async function postWebhook(
  notification: NotificationRecord,
  channel: WebhookChannel,
  ports: { fetch: Fetch; clock: Clock; stopped: AbortSignal },
): Promise<Outcome> {
  const timeout = new AbortController()
  const cancelTimeout = ports.clock.after(TIMEOUT_MS, () => timeout.abort())
  try {
    const response = await ports.fetch(channel.url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'picket',
        'idempotency-key': notification.idempotencyKey,
        ...(await authorization(channel)),
      },
      body: JSON.stringify(notification.body),
      signal: AbortSignal.any([timeout.signal, ports.stopped]),
    })
    // The answer's body is of no interest, and may be endless.
    await response.body?.cancel().catch(() => {})
    return outcomeOf(response, ports.clock.now())
  } catch (error) {
    if (timeout.signal.aborted) return { kind: 'unavailable', error: `no answer within ${TIMEOUT_MS} ms` }
    return { kind: 'unavailable', error: reasonOf(error) }
  } finally {
    cancelTimeout()
  }
}

// Read anew for each attempt, so that a token can be changed without a restart.
async function authorization({ tokenFile }: WebhookChannel): Promise<Record<string, string>> {
  if (tokenFile === undefined) return {}
  return { authorization: `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}` }
}

function outcomeOf(response: Response, now: number): Outcome {
  const { status } = response
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  const error = `answered with status ${status}`
  // 408 Request Timeout and 429 Too Many Requests pass by themselves, as do the server's own errors.
  if (status < 500 && status !== 408 && status !== 429) return { kind: 'refused', error }
  const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), now)
  return { kind: 'unavailable', error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

/** Seconds or a date (RFC 9110, section 10.2.3) as ms from now, at most an hour. */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const waitMs = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  if (!Number.isFinite(waitMs)) return undefined
  return Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS)
}

// Node's fetch says little itself: its cause has the code. Messages may hold the address, so only codes are told.
function reasonOf(error: unknown): string {
  const { code, cause, name } = error as NodeJS.ErrnoException & { cause?: { code?: string } }
  return `not sent: ${cause?.code ?? code ?? name}`
}
