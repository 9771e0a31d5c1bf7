import type { BilingualText, ClockNote, Override, Reported, SeqRange } from '@picket/devices'
import type { AlarmState, Flag, Level, TransitionKind } from '@picket/rules'

/** One reading as it is stored: event time, value, quality flag and marks. */
export interface StoredReading {
  device: string
  quantity: string
  t: number
  v: number
  q: number
}

/** A value of a series that a rule records; null takes it back. */
export type DerivedValue = Omit<StoredReading, 'v'> & { v: number | null }

/** A reading, or a bucket of them where a resolution was asked for (then v is the mean, t the bucket's begin). */
export interface Point {
  t: number
  v: number
  min: number
  max: number
  count: number
  /** The worst quality flag, without marks. */
  q: number
}

export interface RangeQuery {
  device: string
  quantity: string
  /** Inclusive, ms UTC. */
  from: number
  /** Exclusive. */
  to: number
  /** Bucket length; 0 for every reading. */
  resolutionMs: number
  /** Most points; the newest are left out. */
  limit: number
}

/** What became of a reading that was to be appended. */
export type AppendOutcome = 'stored' | 'duplicate' | 'conflict'

/**
 * Where readings are kept. One contract suite (time-series-store.contract.ts) runs against every adapter.
 * A (device, quantity, t) holds one value: the first.
 */
export interface TimeSeriesStore {
  /** Appends within the caller's transaction; outcomes in the order of the readings. Throws if the disk does. */
  append(readings: readonly StoredReading[]): AppendOutcome[]
  /** Writes other quality flags of readings that it holds, within the caller's transaction. */
  amend(readings: readonly StoredReading[]): void
  /** Writes values of derived series, over what they hold for the same times, within the caller's transaction. */
  record(values: readonly DerivedValue[]): void
  /** Points in ascending time; runs beside ingest, never in its way. */
  range(query: RangeQuery): Promise<Point[]>
  /** The newest reading of every series of the devices, by `device/quantity`. */
  latest(): ReadonlyMap<string, StoredReading>
}

/** An alarm episode: one rule on one device or one site, from raise to clear. */
export interface AlarmRecord {
  id: string
  rule: string
  ruleRevision: string
  name: BilingualText
  message: BilingualText
  /** Null for an alarm of the whole site. */
  device: string | null
  site: string
  /** The present level while active, the last one afterwards. */
  level: Level
  highestLevel: Level
  state: AlarmState
  /** When the condition first held, in event time. */
  onset: number
  /** When it was raised; for a retrospective episode, when it would have been. */
  raisedAt: number
  clearedAt: number | null
  acknowledgedAt: number | null
  acknowledgedBy: string | null
  /** Wholly in the past when its readings came: recorded, shown, never paged. */
  retrospective: boolean
  /** Goes on, but no readings come that could tell whether it should. */
  stale: boolean
}

/** One step of an episode, with what explains it. */
export interface TransitionRecord {
  alarm: string
  kind: TransitionKind
  level: Level | null
  /** Event time. */
  at: number
  /** Engine time when it was decided. */
  decidedAt: number
  by: string | null
  trace: unknown
}

/** A step of an alarm as the load is counted by it. */
export interface CountedStep {
  episode: string
  rule: string
  device: string | null
  site: string
  kind: TransitionKind
  level: Level | null
  decidedAt: number
  retrospective: boolean
}

export interface AlarmFilter {
  /** `open`: active, or waits for an operator. */
  state?: 'active' | 'open' | 'cleared'
  level?: Level
  /** The ids that the site has or had. */
  sites?: readonly string[]
  /** Ids of one device: its present and its former ones. */
  devices?: readonly string[]
  /** Active at this time or later. */
  from?: number
  /** With an onset before this time. */
  to?: number
  retrospective?: boolean
  limit: number
}

export interface AlarmStore {
  list(filter: AlarmFilter): AlarmRecord[]
  /**
   * Steps of a span by which the load of alarms is counted, in the order in which they were decided, after the raises of
   * alarms that stood at its begin.
   *
   * @returns undefined where there are more than `most`
   */
  steps(span: { from: number; to: number; most: number }): CountedStep[] | undefined
  get(id: string): { alarm: AlarmRecord; transitions: TransitionRecord[] } | undefined
}

/** A flag and its end; null while it has not ended. */
export interface FlagRecord extends Flag {
  endedAt: number | null
  /** Null where its time was over, too. */
  endedBy: string | null
  endReason: string | null
}

export const FLAG_STATES = ['in-force', 'planned', 'past'] as const
export type FlagState = (typeof FLAG_STATES)[number]

/** Flags that stand beside alarms, now and in the past. */
export interface FlagStore {
  /** The newest first; `now` decides what is in force. */
  list(filter: { state?: FlagState; now: number; limit: number }): FlagRecord[]
  get(id: string): FlagRecord | undefined
}

/** What the cloud knows of a gateway's link. */
export interface GatewayStatus {
  id: string
  site: string | null
  connected: boolean
  lastSeen: number | null
  /** Values of its last status report, by quantity. */
  status: Record<string, number>
  /** Present instance; null before its first hello. */
  instance: string | null
  conflict: boolean
  /** What it runs of its own; null where nothing was ever to run there. */
  guard: GuardStatus | null
}

/** What a gateway is to run, and what it said that it runs. */
interface GuardStatus {
  /** The newest revision that it was given. */
  revision: number
  /** What it said last; null before. */
  reported: Reported | null
  reportedAt: number | null
  /** Outputs that are held by hand, from the cloud. */
  overrides: Override[]
  /** Steps of alarms on which its engine and the cloud's disagreed since the cloud's start. */
  differences: number
}

/** What the cloud has of one epoch. */
export interface EpochCustody {
  epoch: string
  /** Every settled range, by what became of it. */
  committed: SeqRange[]
  quarantined: SeqRange[]
  dropped: SeqRange[]
  /** Can no longer be had: neither here nor at the gateway. */
  lost: SeqRange[]
  /** Announced but not settled. */
  missing: SeqRange[]
  /** One above the highest number that is known to exist. */
  next: number
}

/** What a gateway told of a clock that was wrong, or was right after all; or what a person knows of it. */
export interface ClockCorrection extends Omit<ClockNote, 'type'> {
  /** When the cloud took it, ms UTC. */
  at: number
  /** Null where the gateway itself told. */
  by: string | null
  reason: string | null
}

/** Input that was refused, kept with its reason. */
export interface RejectionRecord {
  id: number
  at: number
  /** Where it was refused: the gateway's id for what a gateway refused, `cloud` otherwise. */
  where: string
  gateway: string | null
  source: string
  reason: string
  count: number
  sample: string
}

/** A notification that waits, was delivered, or was given up. */
export interface NotificationRecord {
  id: number
  idempotencyKey: string
  channel: string
  body: unknown
  createdAt: number
  attempts: number
  nextAttemptAt: number
}

/**
 * The transactional outbox of notifications: rows are written with the transition that causes them.
 * Channels are asked about one by one, so that a channel that stands still cannot hide the others' rows.
 */
export interface NotificationOutbox {
  /** Channels that have undelivered notifications, configured or not. */
  channels(): string[]
  /** The channel's oldest (lowest id) undelivered one with `nextAttemptAt <= now`. */
  due(channel: string, now: number): NotificationRecord | undefined
  /** The lowest `nextAttemptAt` of the channel's undelivered ones; undefined when none waits. */
  nextDue(channel: string): number | undefined
  delivered(id: number, at: number): void
  /** Counts an attempt; the error never holds a secret. */
  failed(id: number, nextAttemptAt: number, error: string): void
  /** How many wait that have failed at least `attempts` times. */
  overdue(attempts: number): number
}

/** The notifications of one channel about one site. */
export interface SiteGroup {
  channel: string
  site: string
}

/** Several notifications of a site as one message. */
export interface NotificationGroups {
  /** None of the group that waits is due before a time; save those of red alarms that run. */
  hold(group: SiteGroup, until: number): void
  /**
   * Fixes what goes out as one message: the notification, and at most so many others of its group that wait, whether
   * they are due or not. What was fixed before stays as it is.
   *
   * @returns the message's notifications, oldest first
   */
  close(first: NotificationRecord, group: SiteGroup | undefined, most: number): NotificationRecord[]
  /** When the oldest of the group that waits, and is in no message yet, was written. */
  oldest(group: SiteGroup): number | undefined
  isClosed(id: number): boolean
  /** Lets the others of a message go out one by one. */
  dissolve(message: number): void
  lastDelivered(group: SiteGroup): number | undefined
}

/** What became of a notification. */
export interface NotificationStatus {
  channel: string
  kind: TransitionKind
  at: number
  /** Null while it waits. */
  deliveredAt: number | null
  attempts: number
  /** Why the last attempt failed; null where none did. */
  error: string | null
  /** Alarms that the same message tells of, this one included. */
  together: number
}

/** A revision of the rule set: the texts of its packs. Immutable. */
export interface RuleSetRecord {
  /** 1 for the first, then counting. */
  number: number
  /** The revision in force when it was proposed; null for the first. */
  parent: number | null
  /** Of the texts: the same packs, whatever their files are called, have the same digest. */
  digest: string
  /** A person's name, or `files` for what the configured files hold. */
  author: string
  at: number
  reason: string
  packs: { file: string; text: string }[]
}

export type RuleSetEventKind =
  | 'proposed'
  | 'approved'
  | 'shadowed'
  | 'unshadowed'
  | 'published'
  | 'rolled-back'
  /** Put in force at a start, because what was in force does not compile any more. */
  | 'fell-back'
  | 'withdrawn'

/** What became of a revision, and by whom. */
export interface RuleSetEvent {
  kind: RuleSetEventKind
  at: number
  by: string
  why: string
}

/** Revisions and their events, both append-only; written within the transactions of the one writer. */
export interface RuleSetStore {
  /** Adds a revision; returns its number. */
  add(ruleSet: Omit<RuleSetRecord, 'number'>): number
  note(number: number, event: RuleSetEvent): void
  get(number: number): RuleSetRecord | undefined
  /** The newest first, without texts. */
  list(page: { before: number; limit: number }): Omit<RuleSetRecord, 'packs'>[]
  /** Oldest first. */
  events(number: number): RuleSetEvent[]
  /** The revision that was published or rolled back to last; undefined before the first. */
  live(): number | undefined
  /** What was in force before that; undefined where nothing was. */
  previous(): number | undefined
  /** The revision that was put in the shadow last, whatever became of it since. */
  shadowed(): number | undefined
  /** How many were neither put in force nor withdrawn. */
  open(): number
  /** Who approved a revision against what is in force: whatever is put in force ends older approvals. */
  approvals(number: number): string[]
  /** The newest revision of an author. */
  newestBy(author: string): RuleSetRecord | undefined
}

/** Users, API tokens and sessions: only hashes are kept. A user has at most 50 sessions: the oldest end. */
export interface AccountStore {
  user(name: string): { name: string; role: 'admin' | 'viewer'; passwordHash: string } | undefined
  putUser(user: { name: string; role: 'admin' | 'viewer'; passwordHash: string }): void
  /** `hash` is SHA-256 of the token in hexadecimal. */
  token(hash: string): { name: string; role: 'admin' | 'viewer' } | undefined
  putToken(token: { hash: string; name: string; role: 'admin' | 'viewer' }): void
  session(hash: string): { user: string; role: 'admin' | 'viewer'; expiresAt: number } | undefined
  putSession(session: { hash: string; user: string; role: 'admin' | 'viewer'; expiresAt: number }): void
  deleteSession(hash: string): void
  deleteExpiredSessions(now: number): void
}
