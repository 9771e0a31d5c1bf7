import type { Fault, ModelLibrary } from '@picket/devices'
import { definitionOf } from '../detectors/index.ts'
import type { Selector } from '../rule.ts'
import { parseFeature } from './feature-text.ts'
import { unitsOfInputs } from './feature-units.ts'
import type { RuleSource } from './pack-schema.ts'

/**
 * What the rules that are used together record, known before they are compiled: one rule may read what another one
 * records.
 */
export class RecordedQuantities {
  readonly #sources: readonly RuleSource[]
  readonly #models: ModelLibrary
  /** Rules by what they record, in their order. */
  readonly #recorders = new Map<string, RuleSource[]>()
  /** What is being looked up: a loop of rules has no unit. */
  readonly #open = new Set<string>()

  constructor(sources: readonly RuleSource[], models: ModelLibrary) {
    this.#sources = sources
    this.#models = models
    for (const source of sources)
      for (const quantity of Object.keys(source.record ?? {}))
        this.#recorders.set(quantity, [...(this.#recorders.get(quantity) ?? []), source])
  }

  /** Names of what is recorded at devices that a selector may choose. */
  namesFor(selector: Selector): string[] {
    return [...this.#recorders.keys()].filter(name => this.recordersOf(selector, name).length > 0)
  }

  /** Rules that record a quantity at devices that a selector may choose. */
  recordersOf(selector: Selector, quantity: string): RuleSource[] {
    return (this.#recorders.get(quantity) ?? []).filter(({ select }) => mayMeet(select, selector))
  }

  /** UCUM code of a recorded quantity; undefined where nobody knows, or where its recorders differ. */
  unitOf(selector: Selector, quantity: string): string | undefined {
    const units = new Set(this.recordersOf(selector, quantity).map(source => this.#unitIn(source, quantity)))
    const [unit] = units
    return units.size === 1 ? unit : undefined
  }

  /** What only the rules together tell: two that record the same series, and loops of rules that read each other's. */
  faults(): { rule: string; fault: Fault }[] {
    return [...this.#twice(), ...this.#loops()]
  }

  #unitIn(source: RuleSource, quantity: string): string | undefined {
    const key = `${source.id}\n${quantity}`
    const name = source.record?.[quantity]?.feature ?? ''
    const text = source.features?.[name]
    if (text === undefined || this.#open.has(key)) return undefined
    const read = parseFeature(name, text, Object.keys(source.with ?? {}))
    if (!read.ok) return undefined
    if (read.feature.across === 'count') return '1'
    this.#open.add(key)
    const inputs = unitsOfInputs(read.feature.inputs, { source, models: this.#models, recorded: this })
    this.#open.delete(key)
    return definitionOf(read.feature).unit(inputs, read.feature.options)
  }

  // Where tags differ only the registry can tell; what it says is looked at with the devices.
  #twice(): { rule: string; fault: Fault }[] {
    return [...this.#recorders].flatMap(([quantity, sources]) =>
      sources.flatMap((source, at) => {
        const first = sources
          .slice(0, at)
          .find(({ select }) => mayMeet(select, source.select) && select.tag === source.select.tag)
        if (!first) return []
        const fault = {
          code: 'record-twice',
          message: `rule ${source.id}: record.${quantity}: rule ${first.id} records it for the same devices`,
          hint: 'read it in a feature, or choose another name',
        }
        return [{ rule: source.id, fault }]
      }),
    )
  }

  #loops(): { rule: string; fault: Fault }[] {
    const told = new Set<string>()
    return this.#sources.flatMap(source => {
      if (told.has(source.id) || !source.record) return []
      const loop = this.#loopFrom(source)
      if (!loop) return []
      for (const { rule } of loop) told.add(rule)
      const chain = loop.map(({ rule, reads }) => `${rule} reads ${reads} of`).join(' ')
      const fault = {
        code: 'record-loop',
        message: `rule ${source.id}: record: rules read each other's series: ${chain} ${source.id}`,
        hint: 'a series cannot be derived from itself: record what the others read in a rule of its own',
      }
      return [{ rule: source.id, fault }]
    })
  }

  // A way along what rules read that comes back to where it began.
  #loopFrom(start: RuleSource): { rule: string; reads: string }[] | undefined {
    const seen = new Set<RuleSource>()
    const ways = [{ at: start, steps: [] as { rule: string; reads: string }[] }]
    for (let way = ways.pop(); way; way = ways.pop()) {
      for (const { quantity, by } of this.#readBy(way.at)) {
        const steps = [...way.steps, { rule: way.at.id, reads: quantity }]
        if (by === start) return steps
        if (seen.has(by)) continue
        seen.add(by)
        ways.push({ at: by, steps })
      }
    }
    return undefined
  }

  // What a rule reads of what others, or it itself, record.
  #readBy(source: RuleSource): { quantity: string; by: RuleSource }[] {
    const others = Object.keys(source.with ?? {})
    return Object.entries(source.features ?? {}).flatMap(([name, text]) => {
      const read = parseFeature(name, text, others)
      if (!read.ok) return []
      return read.feature.inputs.flatMap(({ from, quantity }) =>
        this.recordersOf((from ? source.with?.[from] : source.select) ?? {}, quantity).map(by => ({
          quantity,
          by,
        })),
      )
    })
  }
}

/** False where no device can fit both selectors. */
export const mayMeet = (a: Selector, b: Selector): boolean =>
  (['model', 'site', 'device'] as const).every(
    key => a[key] === undefined || b[key] === undefined || a[key] === b[key],
  )
