import type { Alarm, AlarmLoad, Device, Gateway, Series, Site, WhoAmI } from './shapes.ts'

/** Asks Grafana's proxy for an address below the data source, and gives the answer's body. */
export type Ask = (address: string) => Promise<unknown>

/** What `plugin.json` lets through; everything else of the API is out of reach. */
export type Route =
  | 'alarm-load'
  | 'alarms'
  | 'devices'
  | 'events'
  | 'gateways'
  | 'health'
  | 'series'
  | 'session'
  | 'sites'

/** The API said no. */
export class Refusal extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** What Grafana's proxy or the API behind it says of a question that failed. */
export function refusalOf(failure: unknown): Refusal {
  const { data, status, statusText, message } = (failure ?? {}) as {
    data?: { error?: unknown; message?: unknown }
    status?: number
    statusText?: string
    message?: string
  }
  const told = data?.error as { code?: unknown; message?: unknown; hint?: unknown } | undefined
  if (typeof told?.code === 'string' && typeof told.message === 'string') {
    return new Refusal(
      told.code,
      typeof told.hint === 'string' ? `${told.message} (${told.hint})` : told.message,
    )
  }
  const words = [data?.message, data, statusText, message].find(one => typeof one === 'string' && one !== '')
  return new Refusal(`http-${status ?? 0}`, String(words ?? 'no answer from the Picket cloud'))
}

/** What somebody typed as the address of the cloud, without user and password: every browser gets to see it. */
export const cloudAddress = (typed: string): string =>
  typed
    .trim()
    .replace(/^(\w+:\/\/)[^/]*@/, '$1')
    .replace(/\/+$/, '')

/**
 * The address of a route. Names go into the query and nowhere else: a path would have its dots resolved by browsers and
 * its escapes encoded a second time by Grafana's proxy.
 */
export function addressOf(
  route: Route,
  parameters: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) query.set(name, String(value))
  const text = query.toString()
  return text === '' ? `picket/${route}` : `picket/${route}?${text}`
}

export interface Span {
  /** Inclusive, ms UTC. */
  from: number
  /** Exclusive, ms UTC. */
  to: number
}

/** The routes of the API that the data source uses. */
export class Client {
  readonly #ask: Ask

  constructor(ask: Ask) {
    this.#ask = ask
  }

  series(asked: { device: string; quantity: string; resolution: string } & Span): Promise<Series> {
    return this.#get('series', { ...asked })
  }

  async alarms(asked: {
    limit: number
    from?: number | undefined
    to?: number | undefined
    site?: string
    level?: string
    state?: string
  }): Promise<Alarm[]> {
    return (await this.#get<{ alarms: Alarm[] }>('alarms', asked)).alarms
  }

  alarmLoad(span: Span): Promise<AlarmLoad> {
    return this.#get('alarm-load', { ...span })
  }

  async devices(): Promise<Device[]> {
    return (await this.#get<{ devices: Device[] }>('devices')).devices
  }

  async gateways(): Promise<Gateway[]> {
    return (await this.#get<{ gateways: Gateway[] }>('gateways')).gateways
  }

  async sites(): Promise<Site[]> {
    return (await this.#get<{ sites: Site[] }>('sites')).sites
  }

  health(): Promise<{ status: string; version: string }> {
    return this.#get('health')
  }

  session(): Promise<WhoAmI> {
    return this.#get('session')
  }

  #get<T>(route: Route, parameters?: Parameters<typeof addressOf>[1]): Promise<T> {
    return this.#ask(addressOf(route, parameters)) as Promise<T>
  }
}
