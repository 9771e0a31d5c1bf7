import { parseDuration } from '../duration.ts'
import type { ModelLibrary } from '../model.ts'
import { Quality, qualityOf, type Reading } from '../reading.ts'
import type { Device, Registry } from '../registry/registry.ts'
import { completed, sheetsOf } from './calibration.ts'
import { CONVERSION_CATALOGUE } from './catalogue.ts'
import type { Conversion, Numbers } from './conversion.ts'
import { type ModelConversions, ratioOf } from './model-conversions.ts'
import { Waiting } from './waiting.ts'

export interface SeriesKey {
  device: string
  quantity: string
}

/** The readings that have come, where a converter looks for what belongs together. */
export interface InputHistory {
  /** The newest reading of a series at a time or before it. */
  upTo(series: SeriesKey, t: number): Reading | undefined
  /** The oldest one at a time or after it. */
  from(series: SeriesKey, t: number): Reading | undefined
  /** Readings from one time to another, both included, the oldest first; of too many, the oldest. */
  between(series: SeriesKey, from: number, to: number): readonly Reading[]
}

/** Why a reading did not become another one. */
export interface ConversionFault {
  code: 'conversion-incomplete' | 'conversion-no-value' | 'conversion-covered'
  /** The series that has no value. */
  device: string
  quantity: string
  t: number
  message: string
}

export interface Converted {
  readings: Reading[]
  faults: ConversionFault[]
}

interface Source extends SeriesKey {
  /** What a value is multiplied by to be in the unit that the function wants. */
  ratio: number
}

interface Input {
  name: string
  /** In the order in which they are asked. */
  sources: readonly Source[]
  before: boolean
}

/** One computed series. */
interface Plan extends SeriesKey {
  by: string
  conversion: Conversion
  sheets: readonly Numbers[]
  lead: Source
  others: readonly Input[]
  withinMs: number
  /** From the function's unit to the model's. */
  ratio: number
}

// From best to worst; a missing reading is no input at all.
const WORSE: readonly Quality[] = [Quality.PASS, Quality.NOT_EVALUATED, Quality.SUSPECT, Quality.FAIL]
const MARKS = 0xf0

/**
 * Computes quantities from others of the same instant, by the conversions of the models and the calibrations of the registry.
 * It keeps nothing but whom it waits for: what it answers follows from the reading and the history. The first input leads:
 * the result has its time, and the others are the nearest within the model's tolerance, whichever comes last.
 */
export class Converter {
  readonly #byInput = new Map<string, Map<string, Plan[]>>()
  readonly #waiting = new Waiting()

  constructor(registry: Registry, models: ModelLibrary) {
    const bySite = Map.groupBy(registry.devices, ({ site }) => site)
    for (const device of registry.devices) {
      const conversions = models.get(device.model)?.conversions
      if (!device.calibration || !conversions) continue
      const near = [device, ...(bySite.get(device.site) ?? []).filter(({ id }) => id !== device.id)]
      for (const quantity of Object.keys(device.calibration)) {
        const plan = planOf(device, quantity, { conversions, near, models })
        if (plan) this.#add(plan)
      }
    }
  }

  /** True where nothing is ever computed. */
  get isIdle(): boolean {
    return this.#byInput.size === 0
  }

  /** Readings that a conversion waits with, for its other inputs. */
  get waiting(): number {
    return this.#waiting.size
  }

  /**
   * What follows from readings that are new in the history.
   *
   * @param now - arrival time, ms UTC: who has waited for longer than its tolerance is given up
   */
  convert(readings: readonly Reading[], history: InputHistory, now: number): Converted {
    const converted: Converted = { readings: [], faults: [] }
    if (this.isIdle) return converted
    const done = new Set<string>()
    for (const reading of readings) {
      for (const plan of this.#byInput.get(reading.device)?.get(reading.quantity) ?? []) {
        for (const lead of leadsOf(plan, reading, history)) {
          const key = `${plan.device}/${plan.quantity}/${lead.t}`
          if (done.has(key) || has(history, plan, lead.t)) continue
          // One that had no result is not counted again when another of its inputs comes.
          const isNew = lead === reading || this.#waiting.has(plan.device, plan.quantity, lead.t)
          if (this.#attempt(plan, lead, { history, now, converted, done, isNew })) done.add(key)
        }
      }
    }
    for (const { device, quantity, t, missing } of this.#waiting.takeExpired(now))
      converted.faults.push({
        code: 'conversion-incomplete',
        device,
        quantity,
        t,
        message: `${quantity} is not known: no ${missing} came in time`,
      })
    return converted
  }

  /** True once it is settled what the lead becomes, be it nothing. */
  #attempt(
    plan: Plan,
    lead: Reading,
    {
      history,
      now,
      converted,
      done,
      isNew,
    }: {
      history: InputHistory
      now: number
      converted: Converted
      done: Set<string>
      isNew: boolean
    },
  ): boolean {
    const { device, quantity, withinMs } = plan
    const { t } = lead
    const fail = (code: ConversionFault['code'], message: string): boolean => {
      if (isNew) converted.faults.push({ code, device, quantity, t, message })
      this.#waiting.settle(device, quantity, t)
      return isNew
    }
    if (isCovered(plan, t, history, done))
      return fail('conversion-covered', `${quantity} of a later reading holds what came between`)
    const inputs: Record<string, number> = {
      [Object.keys(plan.conversion.inputs)[0] as string]: lead.v * plan.lead.ratio,
    }
    const used = [lead]
    for (const input of plan.others) {
      const found = nearest(input, t, withinMs, history)
      if (!found) {
        this.#waiting.wait({ device, quantity, t, missing: input.name, until: now + withinMs })
        return false
      }
      inputs[input.name] = found.reading.v * found.ratio
      used.push(found.reading)
    }
    const v = firstValue(plan, inputs)
    if (v === undefined) {
      const given = Object.entries(inputs).map(([name, value]) => `${name} ${value}`)
      return fail('conversion-no-value', `${plan.by} gives no ${quantity} for ${given.join(', ')}`)
    }
    this.#waiting.settle(device, quantity, t)
    converted.readings.push({ device, quantity, t, v, q: qualityOfAll(used) })
    return true
  }

  #add(plan: Plan): void {
    for (const { device, quantity } of [plan.lead, ...plan.others.flatMap(({ sources }) => sources)]) {
      const ofDevice = this.#byInput.get(device) ?? new Map<string, Plan[]>()
      this.#byInput.set(device, ofDevice)
      const plans = ofDevice.get(quantity) ?? []
      ofDevice.set(quantity, plans)
      if (!plans.includes(plan)) plans.push(plan)
    }
  }
}

/** The reading's own conversion, and those that waited for it. */
function leadsOf(plan: Plan, reading: Reading, history: InputHistory): Reading[] {
  const { lead, withinMs } = plan
  const { device, quantity, t } = reading
  const leads = device === lead.device && quantity === lead.quantity ? [reading] : []
  if (isStepwise(plan)) leads.push(...nextLead(plan, t, history))
  else if (leads.length === 0) leads.push(...history.between(lead, t - withinMs, t + withinMs))
  return leads.filter(({ q }) => qualityOf(q) !== Quality.MISSING)
}

const isStepwise = ({ others }: Plan): boolean => others.some(({ before }) => before)

function nextLead({ lead, withinMs }: Plan, t: number, history: InputHistory): Reading[] {
  const next = history.from(lead, t + 1)
  return next && next.t <= t + withinMs ? [next] : []
}

const has = (history: InputHistory, series: SeriesKey, t: number): boolean => history.upTo(series, t)?.t === t

// The step of a counter from before a late reading to after it has been counted already.
function isCovered(plan: Plan, t: number, history: InputHistory, done: ReadonlySet<string>): boolean {
  if (!isStepwise(plan)) return false
  return nextLead(plan, t, history).some(
    next => has(history, plan, next.t) || done.has(`${plan.device}/${plan.quantity}/${next.t}`),
  )
}

// Of two that are as near, the later one.
function nearest(
  { sources, before }: Input,
  t: number,
  withinMs: number,
  history: InputHistory,
): { reading: Reading; ratio: number } | undefined {
  for (const source of sources) {
    const earlier = history.upTo(source, before ? t - 1 : t)
    const later = before ? undefined : history.from(source, t)
    const reading = earlier && (!later || t - earlier.t < later.t - t) ? earlier : later
    if (reading && Math.abs(reading.t - t) <= withinMs && qualityOf(reading.q) !== Quality.MISSING)
      return { reading, ratio: source.ratio }
  }
  return undefined
}

function firstValue({ sheets, conversion, ratio }: Plan, inputs: Numbers): number | undefined {
  for (const sheet of sheets) {
    const value = conversion.convert(inputs, sheet)
    if (value !== undefined && Number.isFinite(value * ratio)) return value * ratio
  }
  return undefined
}

// The worst flag of all inputs, and every mark that one of them has.
function qualityOfAll(inputs: readonly Reading[]): number {
  const worst = Math.max(...inputs.map(({ q }) => WORSE.indexOf(qualityOf(q) as Quality)))
  return inputs.reduce((marks, { q }) => marks | (q & MARKS), 0) | (WORSE[worst] ?? Quality.FAIL)
}

interface PlanContext {
  conversions: ModelConversions
  /** The device itself first, then the others of its site. */
  near: readonly Device[]
  models: ModelLibrary
}

function planOf(
  device: Device,
  quantity: string,
  { conversions, near, models }: PlanContext,
): Plan | undefined {
  const described = Object.hasOwn(conversions, quantity) ? conversions[quantity] : undefined
  const conversion = CONVERSION_CATALOGUE.get(described?.by ?? '')
  const entry = device.calibration?.[quantity]
  if (!described || !conversion || !entry) return undefined
  const sheets = sheetsOf(entry)
  const sourcesOf = (name: string, unit: string): Source[] => {
    const origin = Object.hasOwn(described.from, name) ? described.from[name] : undefined
    if (origin === undefined) return []
    const [from, candidates] = typeof origin === 'string' ? [origin, [device]] : [origin.site, near]
    return candidates.flatMap(({ id, model }) => {
      const quantities = models.get(model)?.quantities ?? {}
      const ratio = Object.hasOwn(quantities, from) ? ratioOf(quantities[from]?.unit ?? '', unit) : undefined
      return ratio === undefined ? [] : [{ device: id, quantity: from, ratio }]
    })
  }
  const inputs = Object.entries(conversion.inputs)
  const needed = inputs.filter(
    ([, rule]) => rule.with === undefined || sheets.some(sheet => Object.hasOwn(sheet, rule.with as string)),
  )
  const [first, ...others] = needed.map(([name, { unit, before }]) => ({
    name,
    sources: sourcesOf(before ?? name, unit),
    before: before !== undefined,
  }))
  const lead = first?.sources[0]
  const ratio = ratioOf(conversion.unit, models.get(device.model)?.quantities[quantity]?.unit ?? '')
  if (!lead || ratio === undefined) return undefined
  return {
    device: device.id,
    quantity,
    by: described.by,
    conversion,
    sheets: sheets.map(sheet => completed(sheet, conversion)),
    lead,
    others,
    withinMs: parseDuration(described.within) ?? 0,
    ratio,
  }
}
