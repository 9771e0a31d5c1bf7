import { StartError } from '@picket/devices'
import type { Log } from '@picket/devices/runtime'
import type { Configuration } from '../stores/sqlite/journal.ts'
import { type ConfigurationPaths, readConfiguration, watchConfiguration } from './configuration-files.ts'
import { type Compiled, compileConfiguration } from './engine-host.ts'

/** Keeps the configuration in step with its files: a set that does not compile changes nothing. */
export class ConfigurationKeeper {
  readonly #paths: ConfigurationPaths
  readonly #channels: string[]
  readonly #log: Log
  #current: Compiled
  #faults: string[] = []
  #stopWatching: () => void = () => {}

  /**
   * @param channels - names of the notification channels
   * @throws StartError with every fault where the files do not compile
   */
  constructor(paths: ConfigurationPaths, channels: string[], log: Log) {
    this.#paths = paths
    this.#channels = channels
    this.#log = log
    const result = compileConfiguration({ ...readConfiguration(paths), channels })
    if ('faults' in result) throw new StartError('configuration', result.faults.slice(0, 5).join('; '))
    this.#current = result.compiled
  }

  get current(): Compiled {
    return this.#current
  }

  get registryFile(): string {
    return this.#paths.registry
  }

  /** What is wrong with the files as they are now; empty when they are in force. */
  get faults(): string[] {
    return this.#faults
  }

  /** Calls back with each new configuration that compiles. */
  watch(changed: (compiled: Compiled) => void): void {
    this.#stopWatching = watchConfiguration(this.#paths, () => {
      const result = this.#read()
      this.#faults = 'faults' in result ? result.faults : []
      if ('faults' in result) {
        this.#log.error(
          { faults: result.faults.slice(0, 5) },
          'the changed configuration is invalid; the old one stays',
        )
      } else if (!sameConfiguration(result.compiled.configuration, this.#current.configuration)) {
        this.#current = result.compiled
        changed(result.compiled)
      }
    })
  }

  stop(): void {
    this.#stopWatching()
  }

  #read(): ReturnType<typeof compileConfiguration> {
    try {
      return compileConfiguration({ ...readConfiguration(this.#paths), channels: this.#channels })
    } catch (error) {
      if (error instanceof StartError) return { faults: [error.message] }
      throw error
    }
  }
}

/** True for the same texts and channels, whatever the files are called now. */
export const sameConfiguration = (a: Configuration, b: Configuration): boolean =>
  JSON.stringify(texts(a)) === JSON.stringify(texts(b))

const texts = ({ packs, models, registry, channels = [] }: Configuration): string[][] => [
  packs.map(({ text }) => text),
  models.map(({ text }) => text),
  [registry],
  channels,
]
