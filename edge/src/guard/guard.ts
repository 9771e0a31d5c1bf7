import type { CustodyRecord, Override, Reported, TransitionNote } from '@picket/devices'
import { type CancelTimer, type Clock, ClockWatch, type Log, SET_BACK_MS } from '@picket/devices/runtime'
import type { Position } from '../outbox/books.ts'
import { Actuator } from './actuator.ts'
import { DesiredKeeper, type DesiredKeeperOptions, type Keeping } from './desired-keeper.ts'
import { JudgeHost, type SeenRun } from './judge-host.ts'
import type { Output } from './outputs/output.ts'
import { type OutputState, Switchboard } from './switchboard.ts'

/** An output that the gateway's file declares, ready to be driven. */
interface DeclaredOutput {
  output: Output
  minOffMs: number
  timeoutMs: number
}

/** The outbox, as far as the guard needs it. */
interface GuardedOutbox extends Keeping {
  /** Where the next record goes. */
  readonly position: Position
  /** What was committed from a place on, the oldest first. */
  committedFrom(position: Position): Iterable<SeenRun>
}

export interface GuardOptions extends Omit<DesiredKeeperOptions, 'outputs' | 'keeping'> {
  outbox: GuardedOutbox
  outputs: ReadonlyMap<string, DeclaredOutput>
  clock: Clock
  stopwatch: () => number
  log: Log
  /** Asks for a commit although no source has brought anything. */
  commitSoon(): void
  /** What is reported has changed. */
  onReport(): void
}

/** What is kept of the guard beside its rules, in one piece with the place up to which the engine has seen the outbox. */
interface KeptGuard {
  position: Position
  revision: number
  outputs: [string, OutputState][]
  judge: string
}

const STATE = 'guard.state'
// What the engine saw since is in the outbox: keeping its state seldom spares the card.
const KEEP_EVERY_MS = 900_000
// Steps that a full disk does not take wait here; beyond this the oldest are given up, and logged.
const MOST_UNSAVED = 1000

/**
 * The rules that run on the gateway, with or without a link: its engine judges readings as they are committed, switches
 * the outputs, and hands the steps of its alarms to the outbox in the same transaction as the readings.
 */
export class Guard {
  readonly #options: GuardOptions
  readonly #keeper: DesiredKeeper
  readonly #switchboard: Switchboard
  readonly #actuators = new Map<string, Actuator>()
  #clockWatch: ClockWatch
  #host: JudgeHost
  #unsaved: CustodyRecord[] = []
  #localOverrides: readonly Override[] = []
  #cancelTick: CancelTimer = () => {}
  #cancelSwitch: CancelTimer = () => {}
  #keptAt: number
  #readSince = false
  #keepDue = false

  /** Goes on where the last start was: from the kept state, through what the outbox has committed since. */
  constructor(options: GuardOptions) {
    this.#options = options
    const { outbox, outputs, clock, stopwatch, log } = options
    this.#keeper = new DesiredKeeper({ ...options, outputs: new Set(outputs.keys()), keeping: outbox })
    const kept = readKept(outbox)
    const ruleSet = this.#keeper.ruleSet
    this.#host = openHost(kept, log)
    this.#switchboard = new Switchboard(outputs, new Map(kept?.outputs))
    for (const [name, { output, timeoutMs }] of outputs)
      this.#actuators.set(
        name,
        new Actuator({
          name,
          output,
          timeoutMs,
          clock,
          stopwatch,
          log,
          onAction: note => this.#save([{ note }]),
        }),
      )
    const now = clock.now()
    if (ruleSet) {
      this.#put(this.#host.configure(ruleSet, Number.isFinite(this.#host.now) ? this.#host.now : now))
      if (kept) this.#repeat(kept.position)
      // By a clock that is behind what was seen, all that comes would be late.
      if (this.#host.now > now + SET_BACK_MS) this.#put(this.#host.beginAnew(ruleSet, [], now))
      this.#put(this.#host.step({ type: 'resumed', now }))
    }
    this.#keptAt = now
    this.#clockWatch = new ClockWatch(clock)
  }

  /** To be called once, when all is ready: tells every output how it is to stand. */
  start(): void {
    // An output may have lost its state with its power: it is told again.
    for (const [output, { told }] of this.#switchboard.states)
      if (told !== null) this.#actuators.get(output)?.tell({ output, on: told, why: 'after a restart' })
    this.#after()
    if (this.#unsaved.length > 0) this.#save([])
  }

  get reported(): Reported {
    const ruleSet = this.#keeper.ruleSet
    const refused = this.#keeper.refused
    return {
      revision: ruleSet?.desired.revision ?? null,
      rules: ruleSet?.rules.map(({ id }) => id) ?? [],
      ...(refused && { refused }),
      outputs: Object.fromEntries(
        [...this.#actuators].map(([name, { command, confirmed }]) => [
          name,
          { wanted: command?.on ?? false, confirmed: confirmed ?? null, why: command?.why ?? '' },
        ]),
      ),
    }
  }

  /**
   * Judges what is about to be committed.
   *
   * @returns the records to commit with it: steps of alarms, and what an earlier commit did not take
   */
  judge(records: readonly CustodyRecord[]): readonly CustodyRecord[] {
    this.#readSince = true
    try {
      this.#noticeLeap()
      this.#put(this.#host.read(records, this.#options.clock.now()))
      this.#after()
    } catch (error) {
      // What cannot be judged here is kept all the same, and judged in the cloud.
      this.#options.log.error({ error }, 'the guard failed on readings')
    }
    return this.#unsaved
  }

  /** The commit of what `judge` returned went to disk. */
  saved(): void {
    this.#unsaved = []
    if (this.#keepDue || this.#options.clock.now() - this.#keptAt >= KEEP_EVERY_MS) this.#keepState()
  }

  /** Takes a message of the downlink. */
  takeDesired(payload: Uint8Array): void {
    const now = this.#options.clock.now()
    const ruleSet = this.#keeper.take(payload, now)
    if (ruleSet) {
      this.#put(this.#host.configure(ruleSet, now))
      // What the engine sees under these rules is done again under these rules.
      this.#keepDue = true
      this.#after()
      this.#save([])
    }
    this.#options.onReport()
  }

  /**
   * The clock was set, by so much.
   *
   * @param runs - what was committed of late, with its times put right
   */
  clockWasSet(byMs: number, runs: Iterable<SeenRun>): void {
    const now = this.#options.clock.now()
    const { ruleSet } = this.#keeper
    if (ruleSet) this.#put(this.#host.beginAnew(ruleSet, runs, now))
    this.#clockWatch = new ClockWatch(this.#options.clock)
    this.#switchboard.shift(byMs)
    this.#localOverrides = this.#localOverrides.map(one => ({ ...one, until: one.until + byMs }))
    this.#keepDue = true
    this.#after()
    this.#save([])
  }

  /** What was kept is gone with the database that was set aside. */
  keepAnew(): void {
    this.#keeper.keepAnew()
    this.#keepDue = true
  }

  /** What somebody at the gateway set by hand; it goes before what the cloud set. */
  override(overrides: readonly Override[]): void {
    this.#localOverrides = overrides
    this.#after()
  }

  /** Resolves when no output is being switched. */
  async idle(): Promise<void> {
    for (const actuator of this.#actuators.values()) await actuator.idle()
  }

  async stop(): Promise<void> {
    this.#cancelTick()
    this.#cancelSwitch()
    for (const actuator of this.#actuators.values()) await actuator.stop()
    if (this.#readSince && this.#unsaved.length === 0) this.#keepState()
  }

  // Does again what the outbox holds since the state was kept; steps that it does not hold are news.
  #repeat(from: Position): void {
    const taken: TransitionNote[] = []
    const held = new Set<string>()
    for (const run of this.#options.outbox.committedFrom(from)) {
      const repeated = this.#host.repeat(run)
      taken.push(...repeated.taken)
      for (const note of repeated.held) held.add(stepKey(note))
    }
    this.#put(taken.filter(note => !held.has(stepKey(note))))
  }

  // What follows every step of the engine: outputs, and the next timer.
  #after(): void {
    const { clock } = this.#options
    const now = clock.now()
    const overrides = [...(this.#keeper.ruleSet?.desired.overrides ?? []), ...this.#localOverrides]
    const { commands, againAt } = this.#switchboard.decide(this.#host.wanted(), { overrides, now })
    for (const command of commands) this.#actuators.get(command.output)?.tell(command)
    this.#cancelSwitch()
    if (againAt < Number.POSITIVE_INFINITY)
      this.#cancelSwitch = clock.after(againAt - now, () => this.#after())
    this.#cancelTick()
    const due = this.#host.nextDue
    if (due < Number.POSITIVE_INFINITY) this.#cancelTick = clock.after(due - now, () => this.#tick())
    if (commands.length > 0) this.#options.onReport()
  }

  // A clock that was set back would hold up every timer; one that jumped forward says nothing about the sensors.
  #noticeLeap(): void {
    const leap = this.#clockWatch.look(this.#host.now)
    if (!leap) return
    this.#options.log.warn({ byMs: leap.byMs }, `the clock ${leap.kind}`)
    this.#put(this.#host.step({ type: 'resumed', now: this.#options.clock.now() }))
  }

  #tick(): void {
    this.#noticeLeap()
    const notes = this.#host.step({ type: 'tick', now: this.#options.clock.now() })
    this.#put(notes)
    this.#after()
    if (notes.length > 0) this.#save([])
  }

  #put(notes: readonly TransitionNote[]): void {
    for (const note of notes) this.#unsaved.push({ note })
    if (this.#unsaved.length <= MOST_UNSAVED) return
    const given = this.#unsaved.length - MOST_UNSAVED
    this.#unsaved.splice(0, given)
    this.#options.log.error({ given }, 'the disk takes no steps of alarms: the oldest are given up')
  }

  #save(records: readonly CustodyRecord[]): void {
    this.#unsaved.push(...records)
    // What waits goes with this commit or with the next one of readings, whichever comes first.
    this.#options.commitSoon()
  }

  // Only where all that the engine has seen is on disk.
  #keepState(): void {
    const { outbox, clock, log } = this.#options
    const kept: KeptGuard = {
      position: outbox.position,
      revision: this.#keeper.ruleSet?.desired.revision ?? 0,
      outputs: [...this.#switchboard.states],
      judge: this.#host.keep().toString('base64'),
    }
    try {
      outbox.keep(STATE, Buffer.from(JSON.stringify(kept)))
      this.#keptAt = clock.now()
      this.#readSince = false
      this.#keepDue = false
    } catch (error) {
      log.error({ error }, "cannot keep the guard's state")
    }
  }
}

function readKept(keeping: Keeping): KeptGuard | undefined {
  const body = keeping.kept(STATE)
  return body ? (JSON.parse(body.toString()) as KeptGuard) : undefined
}

// A state that another version of this program kept and this one cannot read is no reason not to start.
function openHost(kept: KeptGuard | undefined, log: Log): JudgeHost {
  if (!kept) return new JudgeHost()
  try {
    return new JudgeHost(Buffer.from(kept.judge, 'base64'))
  } catch (error) {
    log.error({ error }, "the guard's state cannot be read; its rules begin anew from what the outbox holds")
    return new JudgeHost()
  }
}

const stepKey = ({ transition: { episode, kind, at, level } }: TransitionNote): string =>
  JSON.stringify([episode, kind, at, level])
