import type { Feature, Rule, Selector } from '../rule.ts'
import type { EngineDevice } from './event.ts'

/** What one ladder of a rule judges: a device, or a site with the rule's devices at it. */
export interface Subject {
  kind: 'device' | 'site'
  /** Of the device or of the site; once in a rule. */
  id: string
  site: string
}

/** One ladder of a rule and the devices that it reads. */
export interface ScopePlan {
  subject: Subject
  /** The device, or the site's devices that the rule selects: their silence is the scope's. */
  own: readonly EngineDevice[]
  /** Devices at the same site, by the name that features give them. */
  others: Readonly<Record<string, readonly EngineDevice[]>>
}

/** The ladders of a rule, and what is wrong with it over these devices, in words. */
export interface RulePlan {
  scopes: ScopePlan[]
  faults: string[]
}

/** Most ladders of one rule: each holds some kilobytes. */
const MOST_SCOPES = 100_000
/** Most devices that one ladder reads: each of their readings moves it. */
const MOST_DEVICES = 1000

/** True when a device fits every criterion that a selector gives. */
export const selects = ({ model, site, tag, device }: Selector, candidate: EngineDevice): boolean =>
  (model === undefined || model === candidate.model) &&
  (site === undefined || site === candidate.site || candidate.siteFormerly?.includes(site) === true) &&
  (tag === undefined || candidate.tags.includes(tag)) &&
  (device === undefined || device === candidate.id || candidate.formerly?.includes(device) === true)

/**
 * Which ladders a rule has over these devices. A device or a site that lacks one of the rule's further inputs is not
 * watched by it.
 */
export function planRule(rule: Rule, devices: readonly EngineDevice[]): RulePlan {
  const own = devices.filter(device => selects(rule.select, device))
  const named = Object.entries(rule.with).map(
    ([name, selector]) =>
      [
        name,
        Map.groupBy(
          devices.filter(device => selects(selector, device)),
          ({ site }) => site,
        ),
      ] as const,
  )
  const othersAt = (site: string): ScopePlan['others'] =>
    Object.fromEntries(named.map(([name, bySite]) => [name, bySite.get(site) ?? []]))
  const all: ScopePlan[] =
    rule.per === 'site'
      ? [...Map.groupBy(own, ({ site }) => site)].map(([site, here]) => ({
          subject: { kind: 'site', id: site, site },
          own: here,
          others: othersAt(site),
        }))
      : own.map(device => ({
          subject: { kind: 'device', id: device.id, site: device.site },
          own: [device],
          others: othersAt(device.site),
        }))
  const scopes = all.filter(({ others }) => Object.values(others).every(found => found.length > 0))
  const faults = [
    ...boundFaults(rule, scopes),
    ...rule.features.flatMap(feature => acrossFault(feature, scopes)),
  ]
  return { scopes, faults }
}

/**
 * Whom a feature reads in a scope: for each device of its first input, one device per input. Inputs from elsewhere
 * than the first come from the one device that fits there.
 */
export function sourcesOf({ inputs }: Feature, plan: ScopePlan): EngineDevice[][] {
  const lead = inputs[0]?.from ?? ''
  return devicesFrom(lead, plan).map(device =>
    inputs.map(({ from }) => (from === lead ? device : (devicesFrom(from, plan)[0] as EngineDevice))),
  )
}

const devicesFrom = (from: string, { own, others }: ScopePlan): readonly EngineDevice[] =>
  from === '' ? own : (others[from] ?? [])

function boundFaults(rule: Rule, scopes: readonly ScopePlan[]): string[] {
  if (scopes.length > MOST_SCOPES)
    return [`it would watch ${scopes.length} ${rule.per}s; ${MOST_SCOPES} are the most: select fewer`]
  const crowded = scopes.find(scope => countOf(scope) > MOST_DEVICES)
  if (!crowded) return []
  const { subject } = crowded
  return [
    `at ${subject.kind} "${subject.id}" it would read ${countOf(crowded)} devices; ${MOST_DEVICES} are the most: select fewer`,
  ]
}

const countOf = ({ own, others }: ScopePlan): number =>
  own.length + Object.values(others).reduce((sum, devices) => sum + devices.length, 0)

function acrossFault(feature: Feature, scopes: readonly ScopePlan[]): string[] {
  const [lead, ...rest] = feature.inputs.map(({ from }) => from)
  const besides = rest.filter(from => from !== lead)
  for (const scope of scopes) {
    const crowded = besides.find(from => devicesFrom(from, scope).length > 1)
    if (crowded !== undefined)
      return [
        `${feature.name}: ${crowd(crowded, scope)}: it reads them beside another input, so only one may fit`,
      ]
    if (feature.across === undefined && devicesFrom(lead ?? '', scope).length > 1)
      return [
        `${feature.name}: ${crowd(lead ?? '', scope)}: say how they are combined, for example across max`,
      ]
  }
  return []
}

function crowd(from: string, scope: ScopePlan): string {
  const [a, b, ...rest] = devicesFrom(from, scope).map(({ id }) => id)
  return `${rest.length + 2} devices at site "${scope.subject.site}" fit (${a}, ${b}${rest.length > 0 ? ', ...' : ''})`
}
