import { type Fault, presentNames } from '@picket/devices'
import { type Flag, type FlagRequest, type FlagScope, flagFault, presentScope, selects } from '@picket/rules'
import type { Compiled } from './engine-host.ts'
import type { Ingest } from './ingest.ts'

/** Who does something to an alarm. */
export interface AlarmAction {
  /** Id of the alarm's episode. */
  episode: string
  by: string
  note?: string
}

/** What operators do with alarms, as inputs of the one writer. Each resolves after its commit. */
export class OperatorActions {
  readonly #ingest: Ingest

  constructor(ingest: Ingest) {
    this.#ingest = ingest
  }

  /** Resolves false where there was nothing to acknowledge. */
  acknowledge(action: AlarmAction): Promise<boolean> {
    return this.#operate('acknowledge', action)
  }

  /**
   * Lets go of a latched alarm, and ends one that a gateway began and says no more of, where the cloud's own engine sees
   * none; resolves false where it is neither.
   */
  reset(action: AlarmAction): Promise<boolean> {
    return this.#operate('reset', action)
  }

  /** Sets alarms aside for a while; resolves with the flag, or with what is wrong. */
  flag(request: FlagRequest): Promise<Flag | Fault> {
    const ingest = this.#ingest
    return ingest.transact(({ step }) => {
      const scope = presentScope(request.scope, presentNames(ingest.compiled.registry))
      const fault = coverageFault(scope, ingest.compiled) ?? flagFault(request, ingest.now)
      if (fault) return fault
      for (const effect of step({ kind: 'flag', now: ingest.now, flag: { ...request, scope } }))
        if (effect.type === 'flag' && effect.change === 'set') return effect.flag
      return { code: 'flag-full', message: 'too many flags are in force or planned' }
    })
  }

  /** Takes a flag away before its end; resolves false where it is neither in force nor planned. */
  unflag({ flag, by, reason }: { flag: string; by: string; reason?: string }): Promise<boolean> {
    const ingest = this.#ingest
    const why = reason === undefined ? {} : { reason }
    return ingest.transact(({ step }) =>
      step({ kind: 'unflag', now: ingest.now, flag, by, ...why }).some(
        effect => effect.type === 'flag' && effect.change === 'ended' && effect.flag.id === flag,
      ),
    )
  }

  #operate(kind: 'acknowledge' | 'reset', action: AlarmAction): Promise<boolean> {
    const ingest = this.#ingest
    const done = kind === 'reset' ? ['reset', 'cleared'] : ['acknowledged']
    return ingest.transact(({ step }) =>
      step({ kind, now: ingest.now, ...action }).some(
        effect =>
          effect.type === 'transition' && done.includes(effect.kind) && effect.episode === action.episode,
      ),
    )
  }
}

/** Why no alarm could ever be covered: a slip of the pen would set nothing aside, and nobody would know. */
function coverageFault({ rule, device, site }: FlagScope, compiled: Compiled): Fault | undefined {
  const fault = (message: string): Fault => ({ code: 'flag-scope', message })
  const { devices, rules, registry } = compiled
  const named = device === undefined ? undefined : devices.find(({ id }) => id === device)
  if (device !== undefined && !named) return fault(`there is no device "${device}"`)
  if (site !== undefined && !registry.sites.some(({ id }) => id === site))
    return fault(`there is no site "${site}"`)
  if (named && site !== undefined && named.site !== site)
    return fault(`the device "${device}" does not stand at "${site}"`)
  if (rule === undefined) return undefined
  const found = rules.find(({ id }) => id === rule)
  if (!found) return fault(`there is no rule "${rule}" in force`)
  if (found.per === 'site' && device !== undefined)
    return fault(`"${rule}" has one alarm a site: name the site instead of a device`)
  const isWatched = devices.some(
    one =>
      selects(found.select, one) &&
      (device === undefined || one.id === device) &&
      (site === undefined || one.site === site),
  )
  return isWatched ? undefined : fault(`the rule "${rule}" does not watch "${device ?? site}"`)
}
