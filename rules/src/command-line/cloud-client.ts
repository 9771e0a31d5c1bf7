import { readFile, UnusableError } from './files.ts'

const TOKEN_VARIABLE = 'PICKET_TOKEN'
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Speaks to the API of a running cloud. The token comes from the environment or a file, never from the command line. */
export class CloudClient {
  readonly #base: URL
  readonly #token: string

  /** @throws UnusableError */
  constructor({ cloud, tokenFile }: { cloud: string; tokenFile?: string | undefined }) {
    if (!URL.canParse(cloud))
      throw new UnusableError([`--cloud: "${cloud}" is no address (https://host:port)`])
    this.#base = new URL(cloud)
    const { protocol, hostname, username, password } = this.#base
    if (username || password) throw new UnusableError(['--cloud: an address must hold no password'])
    if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK.has(hostname)))
      throw new UnusableError(['--cloud: the token would go over the network in the clear; use https'])
    const token = tokenFile === undefined ? process.env[TOKEN_VARIABLE] : readFile(tokenFile)
    if (!token?.trim())
      throw new UnusableError([`no token: set ${TOKEN_VARIABLE}, or name a file with --token-file`])
    this.#token = token.trim()
  }

  /** @throws UnusableError with what the cloud said */
  async get<T>(path: string): Promise<T> {
    const reply = await this.#fetch(path, {})
    return (await reply.json()) as T
  }

  /**
   * Lets the cloud do what takes a while: it answers with lines of JSON, the progress and at last the result.
   *
   * @throws UnusableError with what the cloud said
   */
  async work<T>(path: string, body: unknown, onProgress: (done: number) => void): Promise<T> {
    const reply = await this.#fetch(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
    let rest = ''
    for await (const chunk of (reply.body as ReadableStream<Uint8Array>).pipeThrough(
      new TextDecoderStream(),
    )) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() as string
      for (const line of lines) {
        const told = JSON.parse(line) as { progress?: number; result?: T; error?: { message: string } }
        if (told.error) throw new UnusableError([told.error.message])
        if (told.result !== undefined) return told.result
        if (told.progress !== undefined) onProgress(told.progress)
      }
    }
    throw new UnusableError(['the cloud ended the answer before its result; was it stopped?'])
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    let reply: Response
    try {
      reply = await fetch(new URL(`/api/v1${path}`, this.#base), {
        ...init,
        redirect: 'error',
        headers: { ...init.headers, authorization: `Bearer ${this.#token}` },
      })
    } catch (error) {
      const { cause } = error as { cause?: NodeJS.ErrnoException }
      throw new UnusableError([
        `${this.#base.origin} does not answer (${cause?.code ?? (error as Error).message})`,
      ])
    }
    if (reply.ok) return reply
    const body = (await reply.json().catch(() => ({}))) as { error?: { message: string; hint?: string } }
    const { message, hint } = body.error ?? { message: `status ${reply.status}` }
    throw new UnusableError([...message.split('\n'), ...(hint ? [`(${hint})`] : [])])
  }
}
