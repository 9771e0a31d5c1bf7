import { setTimeout as pause } from 'node:timers/promises'

/** An episode as the API lists it; times in ms since 1970 UTC. */
export interface Alarm {
  id: string
  rule: string
  device: string
  site: string
  level: string
  state: string
  onset: number
  raisedAt: number
  clearedAt: number | null
  retrospective: boolean
}

/** A step of an episode. */
export interface AlarmStep {
  kind: string
  level: string | null
  at: number
  trace: { values: Record<string, number | null> }
}

/** What the cloud has of one start of a gateway; ranges are inclusive. */
export interface EpochCustody {
  epoch: string
  committed: [number, number][]
  quarantined: [number, number][]
  dropped: [number, number][]
  lost: [number, number][]
  missing: [number, number][]
  next: number
}

export interface Point {
  t: number
  v: number
}

/** Most alarms that one reply lists. */
export const MOST_LISTED = 1000

const POLL_MS = 20

/** Speaks to the cloud's API with the admin's token. */
export class ApiClient {
  /** Where the cloud answers, without a path. */
  readonly base: string
  readonly #token: string

  constructor(base: string, token: string) {
    this.base = base
    this.#token = token
  }

  /** The header that shows the token. */
  get authorization(): { authorization: string } {
    return { authorization: `Bearer ${this.#token}` }
  }

  /** The body of a reply. Throws what the API said where it is no success. */
  async get<T>(path: string): Promise<T> {
    return this.#ask<T>(path, {})
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return this.#ask<T>(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
  }

  /** Episodes, past and present; `filter` is a query such as `retrospective=true`. `MOST_LISTED` at most. */
  async alarms(filter = ''): Promise<Alarm[]> {
    const { alarms } = await this.get<{ alarms: Alarm[] }>(`/alarms?limit=${MOST_LISTED}&${filter}`)
    return alarms
  }

  async alarm(id: string): Promise<{ alarm: Alarm; transitions: AlarmStep[] }> {
    return this.get(`/alarms/${id}`)
  }

  async custody(gateway: string): Promise<EpochCustody[]> {
    return (await this.get<{ epochs: EpochCustody[] }>(`/gateways/${gateway}/custody`)).epochs
  }

  /** Every reading of a series from `from` up to but not including `to`, as stored. */
  async readings(series: string, { from, to }: { from: number; to: number }): Promise<Point[]> {
    const points: Point[] = []
    for (let next: number | null = from; next !== null; ) {
      const page: { points: Point[]; next: number | null } = await this.get(
        `/series/${series}?from=${next}&to=${to}&resolution=raw`,
      )
      points.push(...page.points.map(({ t, v }) => ({ t, v })))
      next = page.next
    }
    return points
  }

  /** How many readings of a series the cloud has in a span. */
  async countReadings(series: string, { from, to }: { from: number; to: number }): Promise<number> {
    const { points } = await this.get<{ points: { count: number }[] }>(
      `/series/${series}?from=${from}&to=${to}&resolution=30d`,
    )
    return points.reduce((sum, { count }) => sum + count, 0)
  }

  /** What the cloud counts of itself, in Prometheus' text format. */
  async metrics(): Promise<string> {
    return (await this.#fetch('/metrics', {})).text()
  }

  /** The data of server-sent events of one type, as they come from now on. */
  async events(type: string): Promise<AsyncGenerator<string>> {
    const { body } = await this.#fetch('/api/v1/events', {})
    return dataOf(type, body as ReadableStream<Uint8Array>)
  }

  async #ask<T>(path: string, init: RequestInit): Promise<T> {
    return (await this.#fetch(`/api/v1${path}`, init)).json() as Promise<T>
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const ask = (): Promise<Response> =>
      fetch(`${this.base}${path}`, { ...init, headers: { ...init.headers, ...this.authorization } })
    // A server may close an idle connection just when it is used again: what changes nothing is asked once more
    // (RFC 9110, section 9.2.2).
    const isSafe = init.method === undefined || init.method === 'GET'
    const reply = await ask().catch(error => (isSafe ? ask() : Promise.reject(error)))
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`)
    return reply
  }
}

async function* dataOf(type: string, stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = ''
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const events = text.split('\n\n')
    text = events.pop() as string
    for (const event of events) {
      const [name, data] = event.split('\ndata: ')
      if (name === `event: ${type}`) yield data as string
    }
  }
}

/** Asks again and again until the answer is what is wanted; throws with the last answer after `withinMs`. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  withinMs = 30_000,
): Promise<T> {
  const latest = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (isWanted(answer)) return answer
    if (performance.now() > latest)
      throw new Error(`not within ${withinMs} ms; last seen: ${JSON.stringify(answer).slice(0, 2000)}`)
    await pause(POLL_MS)
  }
}
