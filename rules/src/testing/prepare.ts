import { type Fault, type FileFault, type ModelLibrary, parseDuration, tagsOf } from '@picket/devices'
import type { EngineDevice, EngineSite } from '../engine/event.ts'
import { recordFaults } from '../engine/recording-order.ts'
import { planRule, selects } from '../engine/scope-plan.ts'
import { didYouMean } from '../language/nearest.ts'
import { overrideFault } from '../language/override.ts'
import type { Rule } from '../rule.ts'
import { type Arrival, arrivalsOf, readingsOf } from './arrivals.ts'
import { type Report, readDuration, unknownDevice } from './test-faults.ts'
import type { DeviceSource, ExpectationSource, SiteSource, TestFile, TestSource } from './test-file.ts'

/** What is expected at an instant. */
export interface Expectation extends Omit<ExpectationSource, 'at' | 'rule' | 'onset' | 'device' | 'site'> {
  file: string
  line: number
  /** ms UTC. */
  at: number
  /** The instant as it was written, from the start. */
  atText: string
  rule: Rule
  /** Id of the device, or of the site for a rule per site. */
  scope: string
  /** ms UTC. */
  onset: number | undefined
}

/** A test that can be run. Times are ms UTC. */
export interface PreparedTest {
  name: string
  file: string
  line: number
  start: number
  devices: EngineDevice[]
  sites: EngineSite[]
  arrivals: Arrival[]
  /** In time order. */
  expectations: Expectation[]
}

export type PrepareResult = { ok: true; tests: PreparedTest[] } | { ok: false; faults: FileFault[] }

/** What tests are checked against. */
interface Against {
  rules: readonly Rule[]
  models: ModelLibrary
}

const DEFAULT_START = '2026-01-01T00:00:00Z'
const DEFAULT_SITE = 'site'
const DEFAULT_INTERVAL_MS = 60_000

/**
 * Checks what a file of tests says against the rules and models it speaks of.
 *
 * @param file - the name to put into faults
 * @param against.rules - compiled from the packs that the file names
 */
export function prepareTests({ value, lineOf }: TestFile, file: string, against: Against): PrepareResult {
  const faults: FileFault[] = []
  const tests = value.tests.map((source, index) => {
    const lineAt = (path: readonly (string | number)[]): number => lineOf(['tests', index, ...path])
    const report: Report = (path, fault) =>
      faults.push({ ...fault, file, line: lineAt(path), message: `${source.name}: ${fault.message}` })
    return prepareTest(source, { file, lineAt, report, ...against })
  })
  return faults.length > 0 ? { ok: false, faults } : { ok: true, tests }
}

interface Context extends Against {
  file: string
  lineAt: (path: readonly (string | number)[]) => number
  report: Report
}

function prepareTest(source: TestSource, context: Context): PreparedTest {
  const { file, lineAt, report, rules, models } = context
  const startText = source.start ?? DEFAULT_START
  const parsed = Date.parse(startText)
  // Reported below; what else is wrong is to be found all the same.
  const start = Number.isNaN(parsed) ? 0 : parsed
  if (Number.isNaN(parsed))
    report(['start'], { code: 'test-start', message: `"${startText}" is no day of the calendar` })
  const devices = source.devices.map((device, index) => prepareDevice(device, index, context))
  const twice = devices.findIndex(({ id }, at) => devices.findIndex(other => other.id === id) < at)
  if (twice >= 0)
    report(['devices', twice], {
      code: 'test-device',
      message: `device "${devices[twice]?.id}" is there twice`,
    })
  for (const message of recordFaults(rules, devices, models))
    report(['devices'], { code: 'test-rule', message })
  for (const rule of rules)
    for (const message of planRule(rule, devices).faults)
      report(['devices'], { code: 'test-rule', message: `rule "${rule.id}": ${message}` })
  const intervalMs =
    source.interval === undefined ? undefined : readDuration(source.interval, ['interval'], report)
  const readings = readingsOf(source.series, { start, devices, intervalMs, models, report })
  const expectations = source.expect.map((expectation, index) =>
    prepareExpectation(expectation, { index, start, devices, ...context }),
  )
  const early = expectations.findIndex(({ at }, index) => at < (expectations[index - 1]?.at ?? at))
  if (early >= 0)
    report(['expect', early, 'at'], {
      code: 'test-order',
      message: `what is expected at ${expectations[early]?.atText} stands after something later`,
      hint: 'write expectations in time order',
    })
  return {
    name: source.name,
    file,
    line: lineAt([]),
    start,
    devices,
    sites: (source.sites ?? []).map((site, index) => prepareSite(site, { index, devices, ...context })),
    arrivals: arrivalsOf(readings, { devices, models }),
    expectations,
  }
}

function prepareDevice(
  source: DeviceSource,
  index: number,
  { models, rules, report }: Context,
): EngineDevice {
  const model = models.get(source.model)
  if (!model)
    report(['devices', index, 'model'], {
      code: 'model-unknown',
      message: `there is no device model "${source.model}"`,
      hint: didYouMean(source.model, [...models.keys()]),
    })
  const device: EngineDevice = {
    id: source.id,
    model: source.model,
    site: source.site ?? DEFAULT_SITE,
    tags: tagsOf(source, model),
    gateways: source.gateways ?? [],
    parameters: source.parameters ?? {},
    intervalMs: parseDuration(model?.interval ?? '') ?? DEFAULT_INTERVAL_MS,
  }
  const watching = rules.filter(({ select }) => selects(select, device))
  checkParameters(device, { watching, place: ['devices', index], report })
  return device
}

/** Sites are there for their parameters; a site that no device stands at would say nothing. */
function prepareSite(
  source: SiteSource,
  { index, devices, rules, report }: Context & { index: number; devices: readonly EngineDevice[] },
): EngineSite {
  const here = devices.filter(({ site }) => site === source.id)
  if (here.length === 0)
    report(['sites', index, 'id'], {
      code: 'test-site',
      message: `no device of this test stands at "${source.id}"`,
      hint: didYouMean(source.id, [...new Set(devices.map(({ site }) => site))]),
    })
  const site = { id: source.id, parameters: source.parameters ?? {} }
  const watching = rules.filter(({ select }) => here.some(device => selects(select, device)))
  if (here.length > 0) checkParameters(site, { watching, place: ['sites', index], report })
  return site
}

function checkParameters(
  { id, parameters }: Pick<EngineDevice | EngineSite, 'id' | 'parameters'>,
  { watching, place, report }: { watching: readonly Rule[]; place: (string | number)[]; report: Report },
): void {
  const known = watching.flatMap(rule => rule.parameters)
  for (const [name, value] of Object.entries(parameters)) {
    const path = [...place, 'parameters', name]
    const meant = known.filter(parameter => parameter.name === name)
    const message = meant.map(parameter => overrideFault(parameter, value)).find(fault => fault !== undefined)
    if (meant.length === 0)
      report(path, {
        code: 'test-parameter',
        message: `no rule that watches "${id}" has a parameter "${name}"`,
        hint: didYouMean(name, [...new Set(known.map(parameter => parameter.name))]),
      })
    else if (message !== undefined) report(path, { code: 'test-parameter', message })
  }
}

function prepareExpectation(
  source: ExpectationSource,
  {
    index,
    start,
    devices,
    rules,
    report,
    file,
    lineAt,
  }: Context & { index: number; start: number; devices: readonly EngineDevice[] },
): Expectation {
  const place = ['expect', index]
  const rule = rules.find(({ id }) => id === source.rule)
  if (!rule)
    report([...place, 'rule'], {
      code: 'test-rule',
      message: `there is no rule "${source.rule}" in the packs of this file`,
      hint: didYouMean(
        source.rule,
        rules.map(({ id }) => id),
      ),
    })
  const scope = scopeOf(source, { rule, devices, report, place })
  if (rule) checkLevel(source, { rule, report: fault => report([...place, 'level'], fault) })
  for (const quantity of Object.keys(source.recorded ?? {}))
    if (rule && !rule.record.some(one => one.quantity === quantity))
      report([...place, 'recorded', quantity], {
        code: 'test-recorded',
        message: `rule "${rule.id}" does not record "${quantity}"`,
        hint: didYouMean(
          quantity,
          rule.record.map(one => one.quantity),
        ),
      })
  const onset =
    source.onset === undefined ? undefined : readDuration(source.onset, [...place, 'onset'], report)
  const { device: _device, site: _site, ...rest } = source
  return {
    ...rest,
    scope,
    file,
    line: lineAt(place),
    at: start + readDuration(source.at, [...place, 'at'], report),
    atText: source.at,
    rule: rule as Rule,
    onset: onset === undefined ? undefined : start + onset,
  }
}

/** What an expectation is about: a device, or a site for a rule per site. */
function scopeOf(
  { device: id, site }: ExpectationSource,
  {
    rule,
    devices,
    report,
    place,
  }: { rule: Rule | undefined; devices: readonly EngineDevice[]; report: Report; place: (string | number)[] },
): string {
  const scope = (rule?.per === 'site' ? site : id) ?? ''
  const isDevice = devices.some(device => device.id === id)
  if (
    rule &&
    (rule.per === 'site' ? id !== undefined || site === undefined : site !== undefined || id === undefined)
  )
    report(place, {
      code: 'test-scope',
      message: `rule "${rule.id}" raises one alarm per ${rule.per}`,
      hint: `name a ${rule.per}`,
    })
  else if (id !== undefined && !isDevice) report([...place, 'device'], unknownDevice(id, devices))
  else if (rule && !planRule(rule, devices).scopes.some(({ subject }) => subject.id === scope))
    report([...place, 'rule'], {
      code: 'test-rule',
      message: `rule "${rule.id}" does not watch ${rule.per} "${scope}"`,
      hint: Object.keys(rule.with).length > 0 ? 'see its select and its with' : 'see its select',
    })
  return scope
}

function checkLevel(
  { level, state }: ExpectationSource,
  { rule, report }: { rule: Rule; report: (fault: Fault) => void },
): void {
  if (level === undefined) return
  if (state === 'cleared' || state === 'none') {
    report({ code: 'test-level', message: `${state} has no level`, hint: 'leave level out' })
    return
  }
  const { then } = rule.missing
  const known = [
    ...rule.levels.map(rung => rung.level),
    ...(then === 'keep' || state === 'pending' ? [] : [then]),
  ]
  if (!known.includes(level))
    report({
      code: 'test-level',
      message: `rule "${rule.id}" is never ${state} at ${level}`,
      hint: didYouMean(level, known),
    })
}
