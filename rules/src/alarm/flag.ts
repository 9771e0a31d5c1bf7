import { createHash } from 'node:crypto'
import { type Fault, formatDuration } from '@picket/devices'

/**
 * Why an alarm is recorded and shown, and pages nobody (ISA-18.2, IEC 62682): an operator set it aside for a while; the
 * plant is in a state in which it means nothing; its sensor is being repaired or replaced; work is planned.
 */
export const FLAG_KINDS = ['shelved', 'suppressed', 'out-of-service', 'maintenance'] as const
export type FlagKind = (typeof FLAG_KINDS)[number]

/** Which alarms a flag covers: every given criterion must fit, and at least one is given. */
export interface FlagScope {
  rule?: string
  device?: string
  site?: string
}

/** A flag as it is asked for. Times are engine time, ms UTC. */
export interface FlagRequest {
  kind: FlagKind
  scope: FlagScope
  /** At once if absent. */
  from?: number
  until: number
  by: string
  reason: string
}

/** A flag that is in force or will be. Plain data. */
export interface Flag extends Required<FlagRequest> {
  id: string
  setAt: number
}

/** What a flag is held against. */
export interface Flaggable {
  rule: string
  /** Null for an alarm of a whole site. */
  device: string | null
  site: string
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How long a flag may last: what is set aside for longer wants another rule, or another sensor. */
export const LONGEST_FLAG_MS: Record<FlagKind, number> = {
  shelved: DAY_MS,
  suppressed: 30 * DAY_MS,
  'out-of-service': 90 * DAY_MS,
  maintenance: 30 * DAY_MS,
}

/** A maintenance window may begin so much later, ms. */
export const LONGEST_NOTICE_MS = 365 * DAY_MS

/**
 * What is wrong with a flag; undefined where it can be set.
 *
 * @param now - engine time, ms UTC
 */
export function flagFault({ kind, scope, from, until, reason }: FlagRequest, now: number): Fault | undefined {
  const begin = from ?? now
  const longest = LONGEST_FLAG_MS[kind]
  if (Object.values(scope).every(criterion => criterion === undefined))
    return {
      code: 'flag-scope',
      message: 'a flag that names no rule, device or site would cover every alarm',
      hint: 'name at least one',
    }
  if (kind === 'shelved' && (scope.rule === undefined || (scope.device ?? scope.site) === undefined))
    return {
      code: 'flag-scope',
      message: 'one alarm is shelved at a time: a rule at a device or a site',
      hint: 'use maintenance or out-of-service for more',
    }
  if (reason.trim() === '') return { code: 'flag-reason', message: 'a flag needs a reason' }
  if (until <= begin || until <= now)
    return { code: 'flag-time', message: 'a flag must end after it begins, and after now' }
  if (until - Math.max(begin, now) > longest)
    return {
      code: 'flag-too-long',
      message: `${kind} lasts ${formatDuration(longest)} at most`,
      hint: 'set it anew when it ends, if it is still needed',
    }
  if (kind === 'maintenance' ? begin - now > LONGEST_NOTICE_MS : begin > now)
    return {
      code: 'flag-notice',
      message:
        kind === 'maintenance'
          ? `maintenance is planned ${formatDuration(LONGEST_NOTICE_MS)} ahead at most`
          : `${kind} begins at once; only maintenance is planned ahead`,
    }
  return undefined
}

/** The flag that a request makes: the same request at the same instant has the same id everywhere. */
export function flagOf(request: FlagRequest, now: number): Flag {
  const { kind, scope, from, until, by, reason } = request
  const id = createHash('sha256')
    .update(
      JSON.stringify([kind, scope.rule ?? null, scope.device ?? null, scope.site ?? null, until, by, now]),
    )
    .digest('hex')
    .slice(0, 24)
  return { id, kind, scope, from: Math.max(from ?? now, now), until, by, reason, setAt: now }
}

/** A scope that names its device and its site by their present ids. */
export const presentScope = (
  { device, site, ...rest }: FlagScope,
  present: { device: (id: string) => string; site: (id: string) => string },
): FlagScope => ({
  ...rest,
  ...(device === undefined ? {} : { device: present.device(device) }),
  ...(site === undefined ? {} : { site: present.site(site) }),
})

/** Whether a flag concerns an alarm, at whatever time. A criterion that is not given fits everything. */
export const covers = ({ scope }: Flag, { rule, device, site }: Flaggable): boolean =>
  (scope.rule ?? rule) === rule && (scope.device ?? device) === device && (scope.site ?? site) === site

/** Whether a flag is in force. `until` is exclusive. */
export const isInForce = ({ from, until }: Flag, now: number): boolean => from <= now && now < until
