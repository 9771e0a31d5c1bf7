import type { Log } from '@picket/devices/runtime'
import { type Effect, Engine, type EngineEvent, QualityJudge } from '@picket/rules'
import type { Journal, JournalEntry } from '../stores/sqlite/journal.ts'
import { type Compiled, compileConfiguration, configureEvent } from './engine-host.ts'

/** The engine and the judge of quality as they were when the last transaction was committed. */
export interface Recovered {
  engine: Engine
  judge: QualityJudge
  /** The configuration in force then; undefined on a first start. */
  compiled: Compiled | undefined
}

/**
 * Brings the engine back: the newest snapshot, then every journal entry after it. What the engine answers is
 * in the store already and is dropped, so nothing is told twice and no delay starts over.
 */
export function recoverEngine(journal: Journal, log: Log): Recovered {
  const snapshot = journal.snapshot()
  const recovered: Recovered = {
    engine: new Engine({}, snapshot?.state.engine),
    judge: new QualityJudge(snapshot?.state.judge),
    compiled: undefined,
  }
  if (snapshot) {
    recovered.compiled = mustCompile(compileConfiguration(snapshot.configuration))
    recovered.judge.configure(recovered.compiled.devices, recovered.compiled.models)
    recovered.engine.step(configureEvent(recovered.compiled, snapshot.state.engine.now))
  }
  let replayed = 0
  for (const { entry } of replay(journal, recovered, snapshot?.ordinal ?? 0))
    replayed += entry.kind === 'readings' ? entry.readings.length : 1
  log.info({ snapshot: snapshot?.ordinal ?? 0, replayed }, 'engine recovered')
  return recovered
}

/** Steps what is given through every entry of the journal after an ordinal; yields what the engine answered. */
export function* replay(
  journal: Journal,
  onto: Recovered,
  after: number,
): Generator<{ entry: JournalEntry; effects: Effect[] }> {
  for (const entry of journal.after(after)) {
    if (entry.kind === 'configure') {
      onto.compiled = mustCompile(compileConfiguration(entry.configuration))
      onto.judge.configure(onto.compiled.devices, onto.compiled.models)
    } else if (entry.kind === 'readings') onto.judge.judge(entry.readings)
    yield { entry, effects: onto.engine.step(eventOf(entry, onto.compiled)) }
  }
}

/** The engine event of a journal entry. */
export function eventOf(entry: JournalEntry, compiled: Compiled | undefined): EngineEvent {
  if (entry.kind !== 'configure') {
    const { kind, ...rest } = entry
    return { type: kind, ...rest } as EngineEvent
  }
  if (!compiled) throw new Error('a configuration in the journal was not compiled')
  return configureEvent(compiled, entry.now)
}

// It was compiled once before it came into the journal.
function mustCompile(result: ReturnType<typeof compileConfiguration>): Compiled {
  if ('faults' in result)
    throw new Error(`a configuration in the journal does not compile: ${result.faults[0]}`)
  return result.compiled
}
