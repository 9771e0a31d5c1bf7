import type { Log } from '@picket/devices/runtime'
import type { Effect } from '@picket/rules'
import type { Journal, JournalEntry } from '../stores/sqlite/journal.ts'
import { type Compiled, compileConfiguration } from './engine-host.ts'
import { Engines } from './engines.ts'

/** The engines as they were when the last transaction was committed. */
export interface Recovered {
  engines: Engines
  /**
   * What is wrong with a configuration of the journal, where one does not compile any more: the files' took its place.
   * State was kept as far as the rules mean the same.
   */
  refused: string[]
}

/**
 * Brings the engine back: the newest snapshot, then every journal entry after it. What the engine answers is
 * in the store already and is dropped, so nothing is told twice and no delay starts over.
 *
 * A configuration that a newer Picket refuses does not stop the start: the files' configuration, which compiles, takes
 * its place.
 */
export function recoverEngine(journal: Journal, log: Log, files?: Compiled): Recovered {
  const snapshot = journal.snapshot()
  const refused: string[] = []
  const compile: Compile = configuration => {
    if (!files) return mustCompile(configuration)
    const result = compileConfiguration(configuration)
    if ('compiled' in result) return result.compiled
    refused.splice(0, refused.length, ...result.faults)
    return files
  }
  const engines = snapshot ? Engines.restore(snapshot, compile(snapshot.configuration)) : new Engines()
  let replayed = 0
  for (const { entry } of replay(journal, { engines, after: snapshot?.ordinal ?? 0, compile })) {
    replayed += entry.kind === 'readings' ? entry.readings.length : 1
    if (entry.kind === 'configure' && engines.compiled !== files) refused.length = 0
  }
  log.info({ snapshot: snapshot?.ordinal ?? 0, replayed }, 'engine recovered')
  return { engines, refused }
}

type Compile = (configuration: Parameters<typeof compileConfiguration>[0]) => Compiled

/** Steps engines through every entry of the journal after an ordinal; yields what the one in force answered. */
export function* replay(
  journal: Journal,
  { engines, after, compile }: { engines: Engines; after: number; compile: Compile },
): Generator<{ entry: JournalEntry; effects: Effect[] }> {
  for (const entry of journal.after(after)) {
    const compiled = entry.kind === 'configure' ? compile(entry.configuration) : undefined
    if (entry.kind === 'readings') engines.judge.judge(entry.readings)
    const effects = engines.step(entry, compiled)
    engines.follow()
    yield { entry, effects }
  }
}

/** Compiles a configuration that was compiled once before it came into the journal. */
const mustCompile: Compile = configuration => {
  const result = compileConfiguration(configuration)
  if ('compiled' in result) return result.compiled
  throw new Error(`a configuration in the journal does not compile: ${result.faults[0]}`)
}
