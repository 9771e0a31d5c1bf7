import { type ApiFault, faultOf } from './fault.ts'
import type {
  Alarm,
  AlarmDetail,
  AlarmLoad,
  Custody,
  Device,
  Flag,
  Gateway,
  Rejection,
  RuleSet,
  Series,
  Shadow,
  Site,
  WhoAmI,
} from './shapes.ts'

/** An answer of the cloud, or why there is none. */
export type Answer<T> = { ok: true; value: T } | { ok: false; fault: ApiFault }

const BASE = '/api/v1'
/** Where the live stream comes from. */
export const EVENTS_URL = `${BASE}/events`
const TIMEOUT_MS = 20_000

type Query = Record<string, string | number | boolean | undefined>

interface Request {
  method?: 'GET' | 'POST' | 'DELETE'
  query?: Query
  body?: unknown
}

async function ask<T>(path: string, { method = 'GET', query = {}, body }: Request = {}): Promise<Answer<T>> {
  const given = Object.entries(query).filter(entry => entry[1] !== undefined)
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  let response: Response
  try {
    response = await fetch(`${BASE}/${path}${search && `?${search}`}`, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
  } catch {
    return { ok: false, fault: { kind: 'unreachable' } }
  }
  if (!response.ok) {
    const refusal = (await response.json().catch(() => undefined)) as
      | { error?: { code?: unknown } }
      | undefined
    return { ok: false, fault: faultOf(response.status, refusal?.error?.code) }
  }
  if (response.status === 204) return { ok: true, value: undefined as T }
  try {
    return { ok: true, value: (await response.json()) as T }
  } catch {
    return { ok: false, fault: { kind: 'strange' } }
  }
}

/** Takes the list out of an answer. */
async function listOf<K extends string, T>(
  key: K,
  asked: Promise<Answer<Record<K, T[]>>>,
): Promise<Answer<T[]>> {
  const answer = await asked
  if (!answer.ok) return answer
  const list = answer.value?.[key]
  return Array.isArray(list) ? { ok: true, value: list } : { ok: false, fault: { kind: 'strange' } }
}

const part = encodeURIComponent

/** What a flag is asked for with; it begins at once where no begin is given. */
export interface FlagWish extends Pick<Flag, 'kind' | 'scope' | 'reason'> {
  from?: number
  until?: number
  durationMs?: number
}

export interface AlarmQuery {
  state?: 'active' | 'open' | 'cleared'
  retrospective?: boolean
  site?: string
  limit?: number
}

/** Every request that the console makes. */
export const cloud = {
  health: () => ask<{ time: number }>('health'),
  whoAmI: () => ask<WhoAmI>('session'),
  logIn: (user: string, password: string) =>
    ask<WhoAmI>('session', { method: 'POST', body: { user, password } }),
  logOut: () => ask<void>('session', { method: 'DELETE' }),
  alarms: (query: AlarmQuery) =>
    listOf('alarms', ask<{ alarms: Alarm[] }>('alarms', { query: { ...query } })),
  alarm: (id: string) => ask<AlarmDetail>(`alarms/${part(id)}`),
  alarmLoad: (operators: number) => ask<AlarmLoad>('alarm-load', { query: { operators } }),
  operate: (id: string, act: 'acknowledge' | 'reset', note: string) =>
    ask<AlarmDetail>(`alarms/${part(id)}/${act}`, { method: 'POST', body: note ? { note } : {} }),
  flags: (query: { state: Flag['state']; limit: number }) =>
    listOf('flags', ask<{ flags: Flag[] }>('flags', { query })),
  setFlag: (wish: FlagWish) => ask<Flag>('flags', { method: 'POST', body: wish }),
  endFlag: (id: string) => ask<Flag>(`flags/${part(id)}/end`, { method: 'POST', body: {} }),
  devices: () => listOf('devices', ask<{ devices: Device[] }>('devices')),
  device: (id: string) => ask<Device>(`devices/${part(id)}`),
  sites: () => listOf('sites', ask<{ sites: Site[] }>('sites')),
  series: (series: { device: string; quantity: string }, query: { from: number; to: number }) =>
    ask<Series>(`series/${part(series.device)}/${part(series.quantity)}`, {
      query: { ...query, resolution: 'auto' },
    }),
  gateways: () => listOf('gateways', ask<{ gateways: Gateway[] }>('gateways')),
  custody: (gateway: string) => ask<Custody>(`gateways/${part(gateway)}/custody`),
  rejections: () =>
    listOf('rejections', ask<{ rejections: Rejection[] }>('rejections', { query: { limit: 100 } })),
  rules: () => ask<RuleSet>('rules'),
  shadow: () => ask<{ shadow: Shadow | null }>('shadow'),
}
