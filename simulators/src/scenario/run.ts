import { StartError } from '@picket/devices'
import {
  type CancelTimer,
  type Clock,
  every,
  type Log,
  openDataFolder,
  type Running,
} from '@picket/devices/runtime'
import { Publisher, payloadOf } from '../publisher/publisher.ts'
import { spanMs } from './moment.ts'
import { seriesOf } from './plan.ts'
import { type Progress, ProgressFile } from './progress.ts'
import type { Scenario } from './scenario.ts'
import { PARCEL_LENGTH, type Series } from './series.ts'

/** A scenario under way. */
export interface RunningScenario extends Running {
  /** Resolves when everything up to the clock's time is measured, sent and acknowledged. */
  idle(): Promise<void>
  /** Resolves when the history has been acknowledged and only what is live remains. */
  live: Promise<void>
}

export interface RunOptions {
  /** The folder for the progress, resolved. */
  data: string
  clock: Clock
  log: Log
}

// Messages under way: enough for the loopback's round trips, few enough to be sent again at leisure.
const WINDOW = 32
const SAVE_EVERY_MS = 1000
const STOP_GRACE_MS = 3000

/**
 * Starts a scenario, or goes on with it where its progress file says: history first, then live.
 *
 * @throws StartError where the scenario cannot be simulated or its folder not be written
 */
export function startScenario(scenario: Scenario, options: RunOptions): RunningScenario {
  openDataFolder(options.data)
  return new ScenarioRun(scenario, options).start()
}

class ScenarioRun implements RunningScenario {
  readonly live: Promise<void>
  readonly #scenario: Scenario
  readonly #options: RunOptions
  readonly #file: ProgressFile
  readonly #progress: Progress
  readonly #series: Series[]
  readonly #publisher: Publisher
  #stopped = false
  #pumping: Promise<void> = Promise.resolve()
  #cancelWake: CancelTimer = () => {}
  #cancelSave: CancelTimer = () => {}
  #saved = ''
  #caughtUp: () => void = () => {}

  constructor(scenario: Scenario, options: RunOptions) {
    this.#scenario = scenario
    this.#options = options
    this.#file = new ProgressFile(options.data)
    this.#progress = this.#file.read() ?? begin(scenario, options.clock.now())
    this.#series = seriesOf(scenario, this.#progress)
    this.#publisher = new Publisher({
      url: scenario.url,
      clientId: `picket-sim-${scenario.scenario}`,
      window: WINDOW,
      log: options.log,
    })
    this.live = new Promise(resolve => {
      this.#caughtUp = resolve
    })
  }

  start(): this {
    this.#save()
    this.#publisher.start()
    this.#cancelSave = every(this.#options.clock, SAVE_EVERY_MS, () => this.#save())
    this.#wake()
    return this
  }

  async idle(): Promise<void> {
    this.#wake()
    await this.#pumping
    await this.#publisher.idle()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelWake()
    this.#cancelSave()
    await this.#publisher.stop(STOP_GRACE_MS)
    await this.#pumping
    this.#save()
  }

  // One pump at a time; a call while it runs lets it look at the clock once more.
  #wake(): void {
    this.#cancelWake()
    this.#pumping = this.#pumping.then(() => this.#pump())
  }

  /** Sends all that is due, the series side by side in time, then sleeps until the next is. */
  async #pump(): Promise<void> {
    const chunkMs = PARCEL_LENGTH * spanMs(this.#scenario.interval.history ?? '1m')
    let until = Math.min(...this.#series.map(series => series.measuredMs))
    while (!this.#stopped && until < this.#now()) {
      until = Math.min(until + chunkMs, this.#now())
      for (const series of this.#series)
        for (const parcel of series.take(until, this.#now())) {
          await this.#publisher.room()
          if (this.#stopped) return
          this.#publisher.publish(parcel.topic, payloadOf(parcel.samples), () => series.acknowledge(parcel))
        }
    }
    if (this.#stopped) return
    this.#publisher.idle().then(this.#caughtUp)
    const now = this.#now()
    const next = Math.min(...this.#series.map(series => series.nextMs(now)))
    this.#cancelWake()
    this.#cancelWake = this.#options.clock.after((next - now) / this.#speed(), () => this.#wake())
  }

  // A scenario whose start lies in the past runs at its speed until it has caught up with the clock.
  #now(): number {
    const wallMs = this.#options.clock.now()
    const { anchorMs, startedMs } = this.#progress
    return Math.min(wallMs, anchorMs + (wallMs - startedMs) * (this.#scenario.speed ?? 1))
  }

  #speed(): number {
    return this.#now() < this.#options.clock.now() ? (this.#scenario.speed ?? 1) : 1
  }

  #save(): void {
    const series = Object.fromEntries(this.#series.map(one => [one.name, one.doneMs()]))
    const text = JSON.stringify(series)
    if (text === this.#saved) return
    this.#saved = text
    this.#file.write({ ...this.#progress, series })
  }
}

function begin({ start }: Scenario, nowMs: number): Progress {
  const anchorMs = start === undefined ? nowMs : Date.parse(start)
  if (!Number.isInteger(anchorMs) || anchorMs > nowMs)
    throw new StartError('scenario-start', `start: "${start}" is not an ISO time in the past`)
  return { anchorMs, startedMs: nowMs, series: {} }
}
