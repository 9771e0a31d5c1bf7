import { type Effect, Engine, type EngineEvent, QualityJudge, Shadow } from '@picket/rules'
import type { JournalEntry, KeptState, ShadowPacks, Snapshot } from '../stores/sqlite/journal.ts'
import { type Compiled, compileConfiguration, configureEvent } from './engine-host.ts'

/** A shadow that runs. */
interface RunningShadow extends ShadowPacks {
  run: Shadow
}

/** A shadow that could not go on, and why. */
export interface StoppedShadow {
  number: number
  why: string
}

/**
 * All that an input of the journal changes: the engine in force, the judge of quality before it, and a shadow beside it.
 * Live goes first: what the shadow is to take waits until `follow`, which is called when live has been answered. Whatever
 * happens to the shadow ends the shadow alone.
 */
export class Engines {
  readonly engine: Engine
  readonly judge: QualityJudge
  /** What is in force; undefined before the first configuration. */
  compiled: Compiled | undefined
  #shadow: RunningShadow | undefined
  #stopped: StoppedShadow | undefined
  #waiting: { event: EngineEvent; live: Effect[] }[] = []

  constructor(state?: KeptState) {
    this.engine = new Engine({}, state?.engine)
    this.judge = new QualityJudge(state?.judge)
  }

  /** What was kept, under the configuration that it was kept under. */
  static restore({ state }: Snapshot, compiled: Compiled): Engines {
    const engines = new Engines(state)
    engines.compiled = compiled
    engines.judge.configure(compiled.devices, compiled.models)
    engines.engine.step(configureEvent(compiled, state.engine.now))
    if (state.shadow) engines.#restoreShadow(state.shadow)
    return engines
  }

  /** Takes an input; a `configure` comes with its configuration compiled. */
  step(entry: JournalEntry, compiled?: Compiled): Effect[] {
    if (entry.kind === 'shadow') {
      this.#begin(entry.shadow)
      return []
    }
    if (entry.kind === 'unshadow') {
      this.#end()
      return []
    }
    if (entry.kind === 'configure') return this.#configure(entry, compiled)
    const { kind, ...rest } = entry
    const event = { type: kind, ...rest } as EngineEvent
    const live = this.engine.step(event)
    if (this.#shadow) this.#waiting.push({ event, live })
    return live
  }

  /** Lets the shadow take what live has taken; `tooSlow` is asked after each input, and says why it has to end. */
  follow(tooSlow: () => string | undefined = () => undefined): void {
    const { run } = this.#shadow ?? {}
    const waiting = this.#waiting.splice(0)
    if (!run) return
    try {
      for (const { event, live } of waiting) {
        run.take(event, live)
        const why = tooSlow()
        if (why === undefined) continue
        this.#stop(why)
        return
      }
    } catch (error) {
      this.#stop(`it failed: ${(error as Error).message}`)
    }
  }

  /** The shadow that runs, up to the newest input. */
  get shadow(): Readonly<RunningShadow> | undefined {
    this.follow()
    return this.#shadow
  }

  /** The shadow that ended by itself since the last call. */
  takeStopped(): StoppedShadow | undefined {
    const stopped = this.#stopped
    this.#stopped = undefined
    return stopped
  }

  state(): KeptState {
    this.follow()
    const kept = { engine: this.engine.state(), judge: this.judge.state() }
    if (!this.#shadow) return kept
    const { run, ...packs } = this.#shadow
    return { ...kept, shadow: { ...packs, state: run.state() } }
  }

  #configure({ now, promoted }: { now: number; promoted?: true }, compiled?: Compiled): Effect[] {
    if (!compiled) throw new Error('a configuration in the journal was not compiled')
    this.follow()
    const { run } = this.#shadow ?? {}
    const adopt = promoted && run ? { adopt: run.runBeside() } : {}
    if (promoted) this.#end()
    this.compiled = compiled
    this.judge.configure(compiled.devices, compiled.models)
    const event = { ...configureEvent(compiled, now), ...adopt }
    const live = this.engine.step(event)
    const beside = this.#shadow && this.#besideEvent(this.#shadow.packs, now)
    if (beside) this.#waiting.push({ event: beside, live })
    return live
  }

  #begin(shadow: ShadowPacks): void {
    this.#end()
    this.#attempt(shadow, candidate => {
      const current = configureEvent(this.compiled as Compiled, this.engine.now)
      return Shadow.begin(this.engine, [current, candidate])
    })
  }

  #restoreShadow({ state, ...shadow }: NonNullable<KeptState['shadow']>): void {
    this.#attempt(shadow, candidate => Shadow.restore(state, candidate))
  }

  #attempt(shadow: ShadowPacks, make: (candidate: ReturnType<typeof configureEvent>) => Shadow): void {
    const candidate = this.#besideEvent(shadow.packs, this.engine.now, shadow.number)
    if (!candidate) return
    try {
      this.#shadow = { ...shadow, run: make(candidate) }
    } catch (error) {
      this.#stopped = { number: shadow.number, why: `it failed: ${(error as Error).message}` }
    }
  }

  // The shadow's packs go with whatever models and registry are in force.
  #besideEvent(packs: ShadowPacks['packs'], now: number, number = this.#shadow?.number ?? 0) {
    const live = this.compiled as Compiled
    const result = compileConfiguration({ ...live.configuration, packs }, live)
    if ('compiled' in result) return configureEvent(result.compiled, now)
    this.#end()
    this.#stopped = { number, why: `it does not go with the models or the registry: ${result.faults[0]}` }
    return undefined
  }

  #stop(why: string): void {
    this.#stopped = { number: this.#shadow?.number ?? 0, why }
    this.#end()
  }

  #end(): void {
    this.#shadow = undefined
    this.#waiting = []
  }
}
