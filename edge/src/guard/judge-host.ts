import { deserialize, serialize } from 'node:v8'
import {
  Converter,
  type CustodyRecord,
  Identities,
  Mark,
  type Quality,
  type QuantityModel,
  qualityOf,
  type Reading,
  RecentInputs,
  type Registry,
  seriesName,
  type TransitionNote,
} from '@picket/devices'
import { SET_BACK_MS } from '@picket/devices/runtime'
import {
  type Effect,
  Engine,
  type EngineEvent,
  type EngineState,
  FUTURE_TOLERANCE_MS,
  grossRange,
  isActive,
  type JudgeState,
  QualityJudge,
  rankOf,
  rollUp,
  type Transition,
} from '@picket/rules'
import type { CommittedRun } from '../outbox/books.ts'
import type { RuleSet } from './rule-set.ts'
import type { Wanted } from './switchboard.ts'

/** Records that were committed together, and when. */
export type SeenRun = Pick<CommittedRun, 'storedAt' | 'records'>

/** What is kept so that a restart goes on where this was. */
interface Kept {
  engine: EngineState
  judge: JudgeState
  newest: Map<string, number>
}

const QUALITY_BITS = 0x0f
const NOBODY: Registry = { sites: [], gateways: [], devices: [] }

/**
 * The engine of a gateway with what it needs around it: quality of readings, what was seen already, and what its
 * alarms want switched. Synchronous; time comes with each call.
 */
export class JudgeHost {
  readonly #engine: Engine
  #judge: QualityJudge
  /** Time of the newest reading of each series that is judged: a sensor that sends again says nothing new. */
  #newest: Map<string, number>
  /** Model of each device that is judged here. */
  #modelOf = new Map<string, string>()
  #identities = new Identities(NOBODY)
  #converter = new Converter(NOBODY, new Map())
  #recent = new RecentInputs()
  #ruleSet: RuleSet | undefined

  /** @param kept - what `keep` gave */
  constructor(kept?: Buffer) {
    const state = kept ? (deserialize(kept) as Kept) : undefined
    this.#engine = new Engine({}, state?.engine)
    this.#judge = new QualityJudge(state?.judge)
    this.#newest = state?.newest ?? new Map()
  }

  /** When the engine wants a tick, ms UTC. */
  get nextDue(): number {
    return this.#engine.nextDue
  }

  /** The engine's clock. */
  get now(): number {
    return this.#engine.now
  }

  keep(): Buffer {
    const kept: Kept = { engine: this.#engine.state(), judge: this.#judge.state(), newest: this.#newest }
    return serialize(kept)
  }

  configure(ruleSet: RuleSet, now: number): TransitionNote[] {
    const { rules, devices, sites, models } = ruleSet
    this.#ruleSet = ruleSet
    this.#identities = new Identities(ruleSet.registry)
    this.#converter = new Converter(ruleSet.registry, models)
    this.#modelOf = new Map(devices.map(({ id, model }) => [id, model]))
    for (const series of this.#newest.keys())
      if (!this.#modelOf.has(series.slice(0, series.lastIndexOf('/')))) this.#newest.delete(series)
    this.#judge.configure(devices, models)
    return notesOf(this.#engine.step({ type: 'configure', now, rules, devices, sites }))
  }

  /** Judges readings as they came; those of devices that nobody registered here are passed over. */
  read(records: readonly CustodyRecord[], now: number): TransitionNote[] {
    const fresh = records.flatMap(record => ('note' in record ? [] : (this.#admit(record, now) ?? [])))
    return this.#take(fresh, now)
  }

  /**
   * Begins anew by another time: `runs` is what the rules have seen by that time. What was told of their alarms stays.
   *
   * @param now - may be before what it was
   */
  beginAnew(ruleSet: RuleSet, runs: Iterable<SeenRun>, now: number): TransitionNote[] {
    const beside = new JudgeHost()
    let isConfigured = false
    for (const run of runs) {
      if (!isConfigured) beside.configure(ruleSet, run.storedAt)
      isConfigured = true
      beside.repeat(run)
    }
    if (!isConfigured) beside.configure(ruleSet, now)
    beside.step({ type: 'resumed', now })
    const { series, scopes } = beside.#engine.state()
    this.#judge = beside.#judge
    this.#newest = beside.#newest
    this.#recent = beside.#recent
    const notes = this.step({ type: 'resumed', now })
    const { rules, devices, sites } = ruleSet
    return [
      ...notes,
      ...this.step({ type: 'configure', now, rules, devices, sites, adopt: { series, scopes } }),
    ]
  }

  step(event: EngineEvent): TransitionNote[] {
    return notesOf(this.#engine.step(event))
  }

  /** Does again what a run of the outbox held; says which steps it took, and which of them the run holds. */
  repeat({ storedAt, records }: SeenRun): { taken: TransitionNote[]; held: TransitionNote[] } {
    const held = records.flatMap(record =>
      'note' in record && record.note.type === 'transition' ? [record.note] : [],
    )
    const taken = this.#setBack(storedAt)
    taken.push(...this.read(records, storedAt))
    return { taken: [...taken, ...this.step({ type: 'tick', now: storedAt })], held }
  }

  // The clock was set back then: by a little it is waited for, by more all that follows would be late.
  #setBack(now: number): TransitionNote[] {
    if (now >= this.now) return []
    if (now >= this.now - SET_BACK_MS || !this.#ruleSet) return this.step({ type: 'resumed', now })
    return this.beginAnew(this.#ruleSet, [], now)
  }

  /** Outputs that the alarms that run want on. */
  wanted(): Wanted {
    const wanted = new Map<string, string>()
    for (const [id, { rule, device, site, level, state }] of this.#engine.episodes) {
      if (!level || !isActive(state)) continue
      const present = this.#ruleSet?.rules.find(one => one.id === rule.id)
      const switches = present?.switches.filter(({ from }) => rankOf(level) >= rankOf(from)) ?? []
      for (const { output } of switches)
        if (!wanted.has(output))
          wanted.set(output, `rule ${rule.id} at ${device ?? site}: ${level}, alarm ${id}`)
    }
    return wanted
  }

  // What is computed from readings is judged like them, as the cloud does.
  #take(fresh: readonly Reading[], now: number): TransitionNote[] {
    if (fresh.length === 0) return []
    const { readings, amended } = this.#judge.judge(fresh)
    const notes = amended.length > 0 ? this.step({ type: 'amend', now, readings: amended }) : []
    notes.push(...this.step({ type: 'readings', now, readings }))
    if (this.#converter.isIdle) return notes
    for (const reading of readings) this.#recent.put(reading)
    const computed = this.#converter.convert(readings, this.#recent, now).readings
    notes.push(
      ...this.#take(
        computed.flatMap(reading => this.#ranged(reading) ?? []),
        now,
      ),
    )
    return notes
  }

  // A reading that is new here, under the present id of its device.
  #admit(said: Reading, now: number): Reading | undefined {
    const reading = judgedNow(said, now) ? { ...said, t: now } : said
    const device = this.#identities.find(reading.device)
    if (device === undefined || device === 'ambiguous') return undefined
    const series = seriesName(device.id, reading.quantity)
    const newest = this.#newest.get(series)
    if (newest === reading.t) return undefined
    const admitted = this.#ranged({ ...reading, device: device.id })
    if (admitted && (newest === undefined || reading.t > newest)) this.#newest.set(series, reading.t)
    return admitted
  }

  // With its gross range judged; undefined where its model does not know the quantity.
  #ranged(reading: Reading): Reading | undefined {
    const quantities = this.#ruleSet?.models.get(this.#modelOf.get(reading.device) ?? '')?.quantities
    if (!quantities || !Object.hasOwn(quantities, reading.quantity)) return undefined
    const flag = grossRange(reading.v, quantities[reading.quantity] as QuantityModel)
    const worst = rollUp([qualityOf(reading.q) as Quality, flag])
    return { ...reading, q: (reading.q & ~QUALITY_BITS) | worst }
  }
}

// An alarm waits for no clock: where the gateway's cannot be right, or the sensor's is ahead of it, what the sensor says holds now.
function judgedNow({ t, q }: Reading, now: number): boolean {
  const isOwnTime = (q & Mark.ARRIVAL_TIME) === 0
  return isOwnTime && ((q & Mark.CLOCK_SUSPECT) !== 0 || t > now + FUTURE_TOLERANCE_MS)
}

// Who is told, and of what was withheld, is decided in the cloud.
const OF_THE_DESK = new Set<Transition['kind']>(['acknowledged', 'reset', 'announced', 'withheld'])

const notesOf = (effects: readonly Effect[]): TransitionNote[] =>
  effects.flatMap(effect =>
    effect.type === 'transition' && !OF_THE_DESK.has(effect.kind) ? [noteOf(effect)] : [],
  )

// A note has 8,192 bytes (devices/src/custody/README.md); what explains in most detail goes first.
const MOST_NOTE_BYTES = 8000

function noteOf(transition: Transition): TransitionNote {
  const { inputs: _, ...trace } = transition.trace
  const { history: __, ...shortest } = trace
  const forms = [transition.trace, trace, shortest, { ...shortest, conditions: [], values: {} }]
  const { id, revision, name, message, notify, latch, flap, escalate } = transition.rule
  const rule = { id, revision, name, message, notify, latch, flap, escalate }
  const notes = forms.map(form => ({
    type: 'transition' as const,
    transition: { ...transition, rule, trace: form },
  }))
  const fitting = notes.find(note => Buffer.byteLength(JSON.stringify(note)) <= MOST_NOTE_BYTES)
  // The engine's type says more than the contract's schema asks for.
  return (fitting ?? notes.at(-1)) as unknown as TransitionNote
}
