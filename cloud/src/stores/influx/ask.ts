import type { InfluxConfig } from './config.ts'
import { readCredentials } from './credentials.ts'

/** Bounds of what a server may answer to one who reads a series. */
export interface AnswerBounds {
  /** For all pages of it. */
  timeoutMs: number
  /** Of a page. */
  maxBytes: number
}

// A page of readings has less than 1 MB, and the most buckets that are asked for some 2 MB.
export const BOUNDS: AnswerBounds = { timeoutMs: 15_000, maxBytes: 32_000_000 }

/** What is sent to a route of the server. */
export interface Question {
  /** With its query. */
  path: string
  body: URLSearchParams | string
  headers?: Record<string, string>
  /** When it is given up. */
  signal: AbortSignal
  maxBytes: number
}

/**
 * Asks the server. However it answers, it takes no more memory than it may, and is over when the signal says so.
 *
 * @throws Error that holds no secret
 */
export async function ask(
  config: InfluxConfig,
  { path, body, headers, signal, maxBytes }: Question,
): Promise<string> {
  const authorization = readCredentials(config)?.authorization
  const response = await fetch(`${config.url.replace(/\/$/, '')}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
    body,
    signal,
  }).catch(saidPlainly)
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`answered with status ${response.status}`)
  }
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    // Leaving the loop ends the connection.
    if (bytes > maxBytes) throw new Error(`answered with more than ${maxBytes} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

// That fetch failed says nothing; its cause has a code, such as ECONNREFUSED.
function saidPlainly(error: Error): never {
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException
  throw code === undefined ? error : new Error(`not asked: ${code}`)
}
