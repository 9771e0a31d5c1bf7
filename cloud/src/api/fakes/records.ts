import type { DeviceModel, Registry } from '@picket/devices'
import type {
  AlarmRecord,
  ClockCorrection,
  EpochCustody,
  FlagRecord,
  GatewayStatus,
  NotificationStatus,
  RejectionRecord,
  StoredReading,
  TransitionRecord,
} from '../../stores/ports.ts'
import type { Services } from '../services.ts'

export const NOW = Date.UTC(2026, 4, 2, 12)

const both = (text: string) => ({ en: text, zh: text })

export const REGISTRY: Registry = {
  sites: [
    {
      id: 'slope',
      name: both('Slope'),
      location: { lat: 30.1, lon: 103.2 },
      department: 'Geology',
      parameters: { limit: 5 },
    },
  ],
  gateways: [{ id: 'gw-1', site: 'slope', passwordFile: '/secret/gw-1' }],
  devices: [
    {
      id: 'crack-1',
      model: 'crack',
      site: 'slope',
      gateways: ['gw-1'],
      tags: ['north'],
      parameters: { limit: 4 },
    },
    {
      id: 'crack-3',
      formerly: ['third', 'crack_3'],
      identifiers: [{ scheme: 'serial', value: '0003' }],
      model: 'crack',
      site: 'slope',
      gateways: ['gw-1'],
      location: { lat: 30.1, lon: 103.2, altitudeM: 812 },
      installed: { date: '2025-11-03', by: 'Li Wei' },
    },
    { id: '裂缝 2', model: 'crack', site: 'slope', gateways: ['gw-1'], name: both('Second') },
  ],
}

export const CRACK: DeviceModel = {
  model: 'crack',
  name: both('Crack meter'),
  interval: '10m',
  quantities: { width: { name: both('Width'), unit: 'mm', source: 'test' } },
}

export const ALARM: AlarmRecord = {
  id: 'alarm-1',
  rule: 'creep',
  ruleRevision: 'r1',
  name: both('Creep'),
  message: both('Creeps'),
  device: 'crack-1',
  site: 'slope',
  level: 'orange',
  highestLevel: 'red',
  state: 'unacknowledged',
  onset: NOW - 60_000,
  raisedAt: NOW - 50_000,
  clearedAt: null,
  acknowledgedAt: null,
  acknowledgedBy: null,
  retrospective: false,
  stale: false,
}

export const FLAG: FlagRecord = {
  id: 'flag-1',
  kind: 'shelved',
  scope: { rule: 'creep', device: 'crack-1' },
  from: NOW - 1000,
  until: NOW + 3_600_000,
  by: 'chen',
  reason: 'the crew stands beside it',
  setAt: NOW - 1000,
  endedAt: null,
  endedBy: null,
  endReason: null,
}

export const TOLD: NotificationStatus = {
  channel: 'duty',
  kind: 'raised',
  at: NOW - 50_000,
  deliveredAt: NOW - 48_000,
  attempts: 1,
  error: null,
  together: 3,
}

export const TRANSITIONS: TransitionRecord[] = [
  {
    alarm: 'alarm-1',
    kind: 'raised',
    level: 'orange',
    at: NOW - 50_000,
    decidedAt: NOW - 49_000,
    by: null,
    trace: { inputs: [{ quantity: 'width', v: 3.5, q: 1 }] },
  },
]

export const EXPLANATION: NonNullable<Awaited<ReturnType<Services['explain']>>> = {
  at: NOW,
  alarm: { id: 'alarm-1', level: 'orange' },
  trace: {
    cause: 'operator',
    values: { width: 3.5 },
    conditions: [],
    missing: false,
    outOfSeason: false,
    lastSample: NOW - 60_000,
    quality: {},
    ruleRevision: 'r1',
  },
}

export const GATEWAYS: GatewayStatus[] = [
  {
    id: 'gw-1',
    site: 'slope',
    connected: true,
    lastSeen: NOW - 1000,
    status: { outbox_depth: 12.5 },
    instance: 'i1',
    conflict: false,
    guard: null,
  },
]

export const CUSTODY: EpochCustody[] = [
  {
    epoch: 'e1',
    committed: [[0, 9]],
    quarantined: [],
    dropped: [[10, 11]],
    lost: [],
    missing: [[12, 14]],
    next: 15,
  },
]

export const CLOCKS: (ClockCorrection & { waiting: number })[] = [
  {
    ...{ epoch: 'e1', first: 0, last: 9, offsetMs: NOW - 60_000, uncertaintyMs: 40, stampedFromMs: 20_000 },
    ...{ boot: 'b1', monotonicMs: 90_000, at: NOW, waiting: 0, by: null, reason: null },
  },
]

export const REJECTIONS: RejectionRecord[] = [
  { id: 1, at: NOW, where: 'cloud', gateway: null, source: 's', reason: 'malformed', count: 2, sample: '{' },
]

export const RULES: ReturnType<Services['rules']> = {
  revision: 'r1',
  loadedAt: NOW,
  faults: [],
  stopped: [],
  unknownChannels: [],
  ruleSet: 2,
  filesWait: null,
  fellBack: null,
  rules: [
    {
      id: 'creep',
      pack: 'slope',
      revision: 'r1',
      name: both('Creep'),
      select: { model: 'crack', tag: 'north' },
      features: [{ name: 'width', text: 'width' }],
      parameters: [{ name: 'limit', value: 3, unit: 'mm', min: 1, max: 10, reason: 'sheet' }],
      levels: [{ level: 'orange', when: 'width > 3', until: null, forMs: 0, clearForMs: 60_000 }],
      missing: { afterMs: null, intervals: 3, then: 'keep' },
      season: ['05-01..10-15'],
      thresholds: [{ quantity: 'width', level: 'orange', value: 3 }],
      notify: ['duty'],
    },
  ],
}

export const RULE_SET: NonNullable<ReturnType<Services['ruleSets']['get']>> = {
  number: 2,
  parent: 1,
  digest: '0123456789abcdef',
  author: 'chen',
  at: NOW,
  reason: 'lower limit',
  state: 'live',
  packs: [{ file: 'slope.yaml', text: 'pack: slope\nrules: []\n' }],
  events: [{ kind: 'published', at: NOW, by: 'chen', why: 'lower limit' }],
  approval: { touches: [], approvedBy: null },
  warnings: [],
}

export const PLAN: Extract<Awaited<ReturnType<Services['ruleSets']['plan']>>, { ok: true }>['plan'] = {
  added: [],
  removed: [],
  changed: [{ rule: 'creep', differences: [{ place: 'parameters.limit', before: '20 m', after: '18 m' }] }],
  unchanged: 3,
  resets: [{ rule: 'creep', reset: { kind: 'delay', level: 'red' }, count: 1, devices: ['crack-1'] }],
  steps: [],
  stepCount: 0,
  warnings: [],
}

export const LATEST = new Map<string, StoredReading>([
  ['crack-1/width', { device: 'crack-1', quantity: 'width', t: NOW - 60_000, v: 3.5, q: 0x11 }],
  ['crack-1/width.rate', { device: 'crack-1', quantity: 'width.rate', t: NOW - 60_000, v: 0.1, q: 1 }],
])

/** What rules record in the fakes. */
export const RECORDINGS = [
  {
    select: { model: 'crack' },
    quantity: 'tangent_angle',
    name: { en: 'Tangent angle', zh: '切线角' },
    unit: 'deg',
  },
]
