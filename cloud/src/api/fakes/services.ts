import { createLog, SteppedClock } from '@picket/devices/runtime'
import type { FlagRequest, Overrides } from '@picket/rules'
import type { Outcome } from '../../publishing/outcome.ts'
import type { ImportOutcome } from '../../registry/registry-import.ts'
import type { AccountStore, AlarmFilter, AlarmStore, Point, RangeQuery } from '../../stores/ports.ts'
import { hashPassword } from '../access/password.ts'
import { hashSecret } from '../access/secret.ts'
import { createMetrics } from '../metrics.ts'
import { startApi } from '../server.ts'
import type { LiveEvent, Services } from '../services.ts'
import {
  ALARM,
  CLOCKS,
  CRACK,
  CUSTODY,
  EXPLANATION,
  FLAG,
  GATEWAYS,
  LATEST,
  NOW,
  PLAN,
  RECORDINGS,
  REGISTRY,
  REJECTIONS,
  RULE_SET,
  RULES,
  TOLD,
  TRANSITIONS,
} from './records.ts'

export const ADMIN_TOKEN = 'admin-token-of-thirty-two-or-more-characters'
export const VIEWER_TOKEN = 'viewer-token-of-thirty-two-or-more-characters'
export const PASSWORD = 'correct horse battery staple'
const PASSWORD_HASH = hashPassword(PASSWORD)

/** Accounts in memory: admin with PASSWORD, and a token of each role. */
async function fakeAccounts(): Promise<AccountStore & { sessions: Map<string, unknown> }> {
  const tokens = new Map<string, { name: string; role: 'admin' | 'viewer' }>([
    [hashSecret(ADMIN_TOKEN), { name: 'ops', role: 'admin' }],
    [hashSecret(VIEWER_TOKEN), { name: 'wall', role: 'viewer' }],
  ])
  const users = new Map<string, { name: string; role: 'admin' | 'viewer'; passwordHash: string }>()
  users.set('admin', {
    name: 'admin',
    role: 'admin',
    passwordHash: await PASSWORD_HASH,
  })
  const sessions = new Map<string, { user: string; role: 'admin' | 'viewer'; expiresAt: number }>()
  return {
    sessions,
    user: name => users.get(name),
    putUser: user => void users.set(user.name, user),
    token: hash => tokens.get(hash),
    putToken: ({ hash, ...token }) => void tokens.set(hash, token),
    session: hash => sessions.get(hash),
    putSession: ({ hash, ...session }) => void sessions.set(hash, session),
    deleteSession: hash => void sessions.delete(hash),
    deleteExpiredSessions: now => {
      for (const [hash, { expiresAt }] of sessions) if (expiresAt <= now) sessions.delete(hash)
    },
  }
}

/** What a test sees and changes of its services. */
function createControl() {
  const listeners = new Set<(event: LiveEvent) => void>()
  return {
    clock: new SteppedClock(NOW),
    listeners,
    publish: (event: LiveEvent) => {
      for (const listener of listeners) listener(event)
    },
    seen: {
      ranges: [] as RangeQuery[],
      alarmFilters: [] as AlarmFilter[],
      flags: [] as FlagRequest[],
      ended: [] as { flag: string; by: string; reason?: string }[],
      reset: [] as { alarm: string; by: string; note?: string }[],
      acknowledged: [] as { alarm: string; by: string; note?: string }[],
      rejections: [] as { gateway?: string; limit: number }[],
      acts: [] as { by: string; why: string }[],
      words: [] as Parameters<Services['tellClock']>[0][],
      overrides: undefined as Overrides | undefined,
      /** How often the thread of backtests was made ready. */
      warmed: 0,
    },
    points: (_query: RangeQuery): Point[] => [
      { t: NOW - 60_000, v: 3.5, min: 3.5, max: 3.5, count: 1, q: 1 },
    ],
    outcome: 'acknowledged' as Awaited<ReturnType<Services['acknowledge']>>,
    flagOutcome: FLAG as Awaited<ReturnType<Services['setFlag']>>,
    resetOutcome: 'reset' as Awaited<ReturnType<Services['reset']>>,
    isEnded: true,
    ruleSetOutcome: { ok: true, number: 2 } as Outcome,
    importOutcome: { ok: true, written: true, report: [] } as ImportOutcome,
    broken: false,
  }
}

const NO_WRITES = { append: () => [], amend: () => {}, record: () => {} }

const GATEWAY_SERVICES = {
  custody: () => CUSTODY,
  clocks: () => CLOCKS,
  actions: () => [],
  override: async () => true,
}

const registryServices = (control: ReturnType<typeof createControl>) => ({
  registry: () => REGISTRY,
  importRegistry: async () => control.importOutcome,
})

const alarmStore = (control: ReturnType<typeof createControl>): AlarmStore => ({
  list: filter => {
    if (control.broken) throw new Error('secret inner detail')
    control.seen.alarmFilters.push(filter)
    return [ALARM]
  },
  steps: () => [],
  get: id => (id === ALARM.id ? { alarm: ALARM, transitions: TRANSITIONS } : undefined),
})

/** Services in memory, with the control that a test holds in its hand. */
export async function fakeServices() {
  const control = createControl()
  const { seen, listeners } = control
  const metrics = createMetrics()
  const accounts = await fakeAccounts()
  const log = createLog('test')
  log.level = 'silent'
  const services: Services = {
    clock: control.clock,
    log,
    ...registryServices(control),
    models: new Map([['crack', CRACK]]),
    series: {
      ...NO_WRITES,
      range: async query => {
        seen.ranges.push(query)
        return control.points(query).slice(0, query.limit)
      },
      latest: () => LATEST,
    },
    recordings: () => RECORDINGS,
    alarms: alarmStore(control),
    accounts,
    gateways: () => GATEWAYS,
    ...GATEWAY_SERVICES,
    tellClock: async word => {
      seen.words.push(word)
      return { taken: 3, waiting: 0 }
    },
    rejections: filter => {
      seen.rejections.push(filter)
      return REJECTIONS
    },
    rules: overrides => {
      seen.overrides = overrides
      return RULES
    },
    explain: async (rule, scope) => (rule === 'creep' && scope === ALARM.device ? EXPLANATION : undefined),
    ruleSets: {
      list: () => [RULE_SET],
      get: number => (number === RULE_SET.number ? RULE_SET : undefined),
      live: () => RULE_SET.number,
      propose: async (_packs, act) => {
        seen.acts.push(act)
        return control.ruleSetOutcome
      },
      shadowReport: async () => undefined,
      plan: async () => ({ ok: true, plan: PLAN }),
      step: async (_number, _step, act) => {
        seen.acts.push(act)
        return control.ruleSetOutcome
      },
    },
    acknowledge: async request => {
      seen.acknowledged.push(request)
      return control.outcome
    },
    flags: {
      list: ({ state }) => (state === 'planned' ? [] : [FLAG]),
      get: id => (id === FLAG.id ? FLAG : undefined),
    },
    setFlag: async request => {
      seen.flags.push(request)
      return control.flagOutcome
    },
    endFlag: async request => {
      seen.ended.push(request)
      return control.isEnded
    },
    notifications: () => [TOLD],
    standing: async () => ({
      withheld: [{ by: 'shelved', flag: FLAG.id, until: FLAG.until }],
      decidedBy: null,
    }),
    reset: async request => {
      seen.reset.push(request)
      return control.resetOutcome
    },
    warmBacktests: () => void seen.warmed++,
    backtest: () => undefined,
    listen: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    metrics: metrics.page,
  }
  return { services, control, accounts, stop: metrics.stop }
}

export type Credential = 'admin' | 'viewer' | 'none'

/** A running API over fake services, and a way to ask it. */
export async function startFakeApi(options: { consoleFolder?: string; trustedProxies?: string[] } = {}) {
  const fake = await fakeServices()
  const api = await startApi(fake.services, { host: '127.0.0.1', port: 0, ...options })
  const origin = `http://127.0.0.1:${api.port}`
  const tokens = { admin: ADMIN_TOKEN, viewer: VIEWER_TOKEN, none: undefined }
  return {
    ...fake,
    origin,
    port: api.port,
    /** Asks with the credential; `init` wins over it. */
    ask(path: string, as: Credential = 'viewer', init: RequestInit = {}): Promise<Response> {
      const token = tokens[as]
      const headers = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...init.headers }
      return fetch(origin + path, { redirect: 'manual', ...init, headers })
    },
    login(password: string, headers: Record<string, string> = {}): Promise<Response> {
      return fetch(`${origin}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ user: 'admin', password }),
      })
    },
    async stop() {
      await api.stop()
      fake.stop()
    },
  }
}
