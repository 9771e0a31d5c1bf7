import { type Ask, Client, Refusal } from '../client.ts'
import type { Context } from '../context.ts'
import type { Alarm, Device, Gateway, Series, Site } from '../shapes.ts'

export const NOW = Date.UTC(2026, 6, 1, 8)
export const HOUR = 3_600_000

/** What a test's cloud holds; `asked` has every address that was asked for. */
export class FakeCloud {
  readonly asked: URL[] = []
  sites: Site[] = [site('slope'), site('river')]
  devices: Device[] = []
  gateways: Gateway[] = []
  alarms: Alarm[] = []
  load: object = {}
  /** Points by device and quantity. */
  points = new Map<string, Series['points']>()
  thresholds: Series['thresholds'] = []
  resolutionMs = 0
  pageSize = 10_000
  failure: unknown

  readonly ask: Ask = async address => {
    const url = new URL(address, 'http://grafana/proxy/')
    this.asked.push(url)
    if (this.failure) throw this.failure
    const answers: Record<string, () => unknown> = {
      '/proxy/picket/alarm-load': () => ({ fleeting: [], ...this.load }),
      '/proxy/picket/sites': () => ({ sites: this.sites }),
      '/proxy/picket/devices': () => ({ devices: this.devices }),
      '/proxy/picket/gateways': () => ({ gateways: this.gateways }),
      '/proxy/picket/alarms': () => ({ alarms: this.#alarms(url.searchParams) }),
      '/proxy/picket/series': () => this.#series(url.searchParams),
    }
    const answer = answers[url.pathname]
    if (!answer) throw new Error(`no such route: ${url.pathname}`)
    return answer()
  }

  /** @param values - of variables, by name */
  context(values: Record<string, unknown> = {}, now = NOW): Context {
    return {
      client: new Client(this.ask),
      span: { from: now - 24 * HOUR, to: now },
      stepMs: 60_000,
      language: 'en',
      replace: (text, format) => {
        const name = text.replace(/^\W+|\W+$/g, '')
        return name in values ? format(values[name]) : text
      },
    }
  }

  // As the real one: the newest onset first, those that were active within the span.
  #alarms(query: URLSearchParams): Alarm[] {
    const limit = Number(query.get('limit'))
    const from = Number(query.get('from') ?? 0)
    const to = Number(query.get('to') ?? Number.POSITIVE_INFINITY)
    return this.alarms
      .filter(({ onset, clearedAt }) => onset < to && (clearedAt === null || clearedAt >= from))
      .filter(alarm => !query.has('site') || alarm.site === query.get('site'))
      .sort((a, b) => b.onset - a.onset)
      .slice(0, limit)
  }

  #series(query: URLSearchParams): Series {
    const [device, quantity] = [query.get('device') ?? '', query.get('quantity') ?? '']
    const [from, to] = [Number(query.get('from')), Number(query.get('to'))]
    const stored = this.points.get(`${device}/${quantity}`)
    if (!stored) throw new Refusal('not-found', `the device "${device}" has no series "${quantity}"`)
    const within = stored.filter(({ t }) => t >= from && t < to)
    return {
      device,
      quantity,
      name: { en: `the ${quantity}`, zh: `${quantity}值` },
      unit: 'mm',
      from,
      to,
      resolutionMs: this.resolutionMs,
      points: within.slice(0, this.pageSize),
      next: within[this.pageSize]?.t ?? null,
      thresholds: this.thresholds,
    }
  }
}

const site = (id: string): Site => ({
  id,
  name: { en: `The ${id}`, zh: `${id}站` },
  location: null,
  department: null,
})

export const point = (t: number, v: number, q = 1): Series['points'][number] => ({
  t,
  v,
  min: v,
  max: v,
  count: 1,
  q,
})

export const device = (id: string, at: string, quantities: readonly string[]): Device => ({
  id,
  model: 'crack',
  modelName: null,
  site: at,
  siteName: null,
  name: null,
  gateways: ['gw-1'],
  tags: [],
  quantities: quantities.map(quantity => ({ quantity, name: null, unit: 'mm', last: null })),
  freshness: { state: 'fresh', lastSeen: NOW, ageMs: 0, intervalMs: HOUR },
})

export const alarm = (id: string, onset: number, more: Partial<Alarm> = {}): Alarm => ({
  id,
  rule: 'high',
  ruleRevision: 'r1',
  name: { en: 'High', zh: '高' },
  message: { en: 'It is high', zh: '过高' },
  device: 'crack-1',
  site: 'slope',
  level: 'orange',
  highestLevel: 'orange',
  state: 'unacknowledged',
  onset,
  raisedAt: onset,
  clearedAt: null,
  acknowledgedAt: null,
  acknowledgedBy: null,
  stale: false,
  retrospective: false,
  flags: [],
  ...more,
})
