import { Engine } from '../engine/engine.ts'
import type { EngineState } from '../engine/engine-state.ts'
import type { Effect, EngineEvent, RuleFault, RunBeside } from '../engine/event.ts'
import { type DifferenceReport, Differences, type DifferencesState } from './differences.ts'

type Configure = Extract<EngineEvent, { type: 'configure' }>

/** A shadow as plain data. */
export interface ShadowState {
  engine: EngineState
  differences: DifferencesState
}

/** What a shadow has done otherwise than live, and rules of it that failed. */
export interface ShadowReport extends DifferenceReport {
  faults: RuleFault[]
}

/**
 * A rule set that is judged beside the live one on the same inputs: it pages nobody and switches nothing. It begins with
 * the live state, as if it had been published, and its differences from live are counted and listed.
 */
export class Shadow {
  readonly #engine: Engine
  readonly #differences: Differences

  private constructor(engine: Engine, differences: Differences) {
    this.#engine = engine
    this.#differences = differences
  }

  /**
   * Begins at engine time of `live`. Copies the engine's whole state, some 100 ms for each million samples kept.
   *
   * @param current - what `live` is configured with
   */
  static begin(live: Engine, [current, candidate]: readonly [Configure, Configure]): Shadow {
    const engine = new Engine({}, structuredClone(live.state()))
    engine.step({ ...current, now: live.now })
    const shadow = new Shadow(engine, Differences.begin(live.episodes, live.now))
    shadow.take({ ...candidate, now: live.now }, [])
    return shadow
  }

  /** @param configured - what the state was kept under */
  static restore(state: ShadowState, configured: Configure): Shadow {
    const engine = new Engine({}, state.engine)
    engine.step({ ...configured, now: state.engine.now })
    return new Shadow(engine, new Differences(state.differences))
  }

  /** Takes an input of the live engine and what that answered; a `configure` holds the shadow's own rules. */
  take(event: EngineEvent, live: readonly Effect[]): void {
    this.#differences.take('live', live)
    const effects = this.#engine.step(event)
    this.#differences.take('shadow', effects)
    this.#differences.settle(this.#engine.now)
    this.#letGo(effects)
  }

  report(): ShadowReport {
    return { ...this.#differences.report(this.#engine.now), faults: this.#engine.faults }
  }

  /** What a live engine that goes on under the shadow's rules takes over. */
  runBeside(): RunBeside {
    return this.#engine.state()
  }

  state(): ShadowState {
    return { engine: this.#engine.state(), differences: this.#differences.state }
  }

  // No operator sees to the alarms of a shadow: they must not gather on its desk.
  #letGo(effects: readonly Effect[]): void {
    const { now } = this.#engine
    for (const effect of effects) {
      if (effect.type !== 'transition') continue
      const act = { now, episode: effect.episode, by: 'shadow' }
      if (effect.kind === 'raised') this.#engine.step({ type: 'acknowledge', ...act })
      if (effect.kind === 'cleared') this.#engine.step({ type: 'reset', ...act })
    }
  }
}
