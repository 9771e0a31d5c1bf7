import { type Static, type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'

/** Where a running cloud is, and as whom to ask it. */
export interface CloudAddress {
  /** For example `http://127.0.0.1:8080`. */
  url: string
  token: string
}

/** The cloud could not be asked, or refused; the message is for a person. */
export class CloudError extends Error {
  /** The refusal's code, such as `forbidden`; `unreachable`, `strange` or `address` where the cloud said none. */
  readonly code: string
  /** One line each: the faults of a rule set, for example. */
  readonly details: readonly string[]

  constructor(code: string, message: string, details: readonly string[] = []) {
    super(message)
    this.name = 'CloudError'
    this.code = code
    this.details = details
  }
}

const TIMEOUT_MS = 60_000
// A backtest over years of many devices.
const WORK_MS = 3_600_000
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

const Refusal = Compile(
  Type.Object({
    error: Type.Object({
      code: Type.String(),
      message: Type.String(),
      hint: Type.Optional(Type.String()),
      details: Type.Optional(Type.Array(Type.String())),
    }),
  }),
)

/** Speaks to the API of a running cloud; every answer is checked against the schema that the caller expects. */
export class CloudClient {
  readonly #base: string
  readonly #token: string

  /** @throws CloudError for an address that is none, or would send the token in the clear */
  constructor({ url, token }: CloudAddress) {
    const parsed = URL.parse(url)
    if (!parsed || !/^https?:$/.test(parsed.protocol))
      throw new CloudError(
        'address',
        `"${url}" is no address of a cloud; write for example http://127.0.0.1:8080`,
      )
    if (parsed.username || parsed.password || parsed.search)
      throw new CloudError('address', 'the address of the cloud holds no token and no password')
    if (parsed.protocol === 'http:' && !LOOPBACK.has(parsed.hostname))
      throw new CloudError('address', `the token would go to ${parsed.host} in the clear; use https`)
    this.#base = `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}/api/v1`
    this.#token = token
  }

  /**
   * @param path - below `/api/v1`, for example `/rule-sets/3`
   * @throws CloudError
   */
  get<S extends TSchema>(path: string, answer: S): Promise<Static<S>> {
    return this.#ask(path, answer, {})
  }

  /** @throws CloudError */
  post<S extends TSchema>(path: string, body: unknown, answer: S): Promise<Static<S>> {
    const headers = { 'content-type': 'application/json' }
    return this.#ask(path, answer, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  /**
   * Lets the cloud do what takes a while: it answers with lines of JSON, the progress from 0 to 1 and at last the result.
   *
   * @throws CloudError
   */
  async work<T>(path: string, body: unknown, onProgress: (done: number) => void): Promise<T> {
    const headers = { 'content-type': 'application/json' }
    const response = await this.#send(path, { method: 'POST', headers, body: JSON.stringify(body) }, WORK_MS)
    if (!response.ok) throw refusalOf(response, await response.json().catch(() => undefined))
    let rest = ''
    const text = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())
    for await (const chunk of text) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() as string
      for (const line of lines) {
        const told = JSON.parse(line) as { progress?: number; result?: T }
        if (Refusal.Check(told)) throw refusalOf(response, told)
        if (told.result !== undefined) return told.result
        if (told.progress !== undefined) onProgress(told.progress)
      }
    }
    throw new CloudError('strange', `${path}: the answer ended before its result; was the cloud stopped?`)
  }

  async #ask<S extends TSchema>(path: string, schema: S, init: RequestInit): Promise<Static<S>> {
    const response = await this.#send(path, init)
    const body = await response.json().catch(() => undefined)
    if (!response.ok) throw refusalOf(response, body)
    if (Compile(schema).Check(body)) return body
    throw new CloudError('strange', `${path}: this is not the answer of a cloud of this version`)
  }

  async #send(path: string, init: RequestInit, timeoutMs = TIMEOUT_MS): Promise<Response> {
    try {
      return await fetch(this.#base + path, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${this.#token}` },
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
      })
    } catch (error) {
      const { cause, message } = error as Error & { cause?: { code?: string } }
      throw new CloudError('unreachable', `cannot reach ${this.#base}: ${cause?.code ?? message}`)
    }
  }
}

function refusalOf(response: Response, body: unknown): CloudError {
  if (!Refusal.Check(body))
    return new CloudError('strange', `the cloud answered with status ${response.status}`)
  const { code, message, hint, details } = body.error
  return new CloudError(code, hint === undefined ? message : `${message} (${hint})`, details ?? [])
}
