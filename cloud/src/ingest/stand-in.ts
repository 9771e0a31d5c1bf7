import { StartError } from '@picket/devices'
import type { Journal } from '../stores/sqlite/journal.ts'
import { type Compiled, compileConfiguration } from './engine-host.ts'

/** A time, both ends with it, in which a configuration was in force that this version of Picket refuses. */
export interface Refused {
  from: number
  to: number
  /** What is wrong with it. */
  why: string
}

/**
 * Compiles the configurations of a journal one after another. In the place of one that does not compile any more stands
 * the next that does: a cloud that met it at a start has fallen back to that (Publishing.fallBack).
 */
export class StandIns {
  /** When something else was in force than what stands in for it. */
  readonly refused: Refused[] = []
  readonly #journal: Pick<Journal, 'configurations'>
  #met = 0

  constructor(journal: Pick<Journal, 'configurations'>) {
    this.#journal = journal
  }

  /**
   * What takes the place of the next configuration of the journal.
   *
   * @throws StartError where neither it nor any later one compiles
   */
  next(configuration: Parameters<typeof compileConfiguration>[0]): Compiled {
    const at = this.#met++
    const result = compileConfiguration(configuration)
    if ('compiled' in result) return result.compiled
    const why = result.faults[0] ?? ''
    let place = 0
    let from = 0
    for (const later of this.#journal.configurations()) {
      if (place === at) from = later.now
      if (place++ <= at) continue
      const found = compileConfiguration(later.configuration)
      if (!('compiled' in found)) continue
      this.refused.push({ from, to: later.now, why })
      return found.compiled
    }
    throw new StartError(
      'journal-refused',
      `a configuration in the journal does not compile, and none came after it: ${why}; start the cloud once, which then takes the files`,
    )
  }
}
