import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'

/** How the fake answers a request; undefined for never. */
export type Answer = { status: number; body?: string; headers?: Record<string, string> } | undefined

/** A server that takes line protocol, for faults that a real one does not have at will. */
export class FakeInflux {
  /** Field texts by series and time: as in the real one, a later line stands over an earlier. */
  readonly points = new Map<string, string>()
  /** Lines of every request. */
  readonly requests: string[][] = []
  /** Whether each of them came packed. */
  readonly packed: boolean[] = []
  /** What the requests were authorised with. */
  readonly tokens: (string | undefined)[] = []
  /** Decides on a request; lines that it takes away from the list are not written. */
  answer: (lines: string[]) => Answer = () => ({ status: 204 })
  #isGone = false
  readonly #server: Server
  #heard: () => void = () => {}

  constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response))
    this.#server.on('connection', socket => {
      if (this.#isGone) socket.destroy()
    })
  }

  /** Ends every connection from now on. It keeps its port: another program's server would answer there for it. */
  vanish(): void {
    this.#isGone = true
    this.#server.closeAllConnections()
  }

  /** Is there again, with what it had, and has heard nothing yet. */
  comeBack(): void {
    this.#isGone = false
    this.requests.length = 0
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(port, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resolves with the next request. */
  heard(): Promise<void> {
    return new Promise(resolve => {
      this.#heard = resolve
    })
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isPacked = request.headers['content-encoding'] === 'gzip'
    const lines = (await text(isPacked ? request.pipe(createGunzip()) : request)).split('\n')
    this.requests.push([...lines])
    this.packed.push(isPacked)
    this.tokens.push(request.headers.authorization)
    const answer = this.answer(lines)
    if (answer) {
      if (answer.status < 500 && answer.status !== 429 && answer.status !== 401) this.#write(lines, answer)
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
      response.end(answer.status === 204 ? undefined : (answer.body ?? '{"message":"no"}'))
    }
    this.#heard()
  }

  // A request that is refused as a whole writes nothing; a partial one writes what was left.
  #write(lines: readonly string[], { status, body }: NonNullable<Answer>): void {
    if (status !== 204 && !body?.includes('partial write')) return
    for (const line of lines) {
      const [, series, fields, t] = /^((?:\\.|[^ ])+) (.+) (\d+)$/.exec(line) as RegExpExecArray
      if (!line.startsWith('picket_probe')) this.points.set(`${series} ${t}`, fields as string)
    }
  }
}
