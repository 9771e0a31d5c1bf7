import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '@picket/devices'
import type { Clock } from '@picket/devices/runtime'
import type { CloudConfig } from './config.ts'
import { readConfiguration, SHIPPED } from './ingest/configuration-files.ts'
import { readAround } from './ingest/engine-host.ts'
import { openRemote } from './readings.ts'
import { checkInflux, withTokenFile } from './stores/influx/config.ts'
import { type CopyResult, copyHistory } from './stores/influx/copy.ts'
import { CopyProgress, CopySource } from './stores/influx/copy-source.ts'
import { deviceTags } from './stores/influx/device-tags.ts'
import { LineWriter } from './stores/influx/line-protocol.ts'
import { InfluxSender } from './stores/influx/send.ts'

export interface StoreCopyOptions {
  config: CloudConfig
  resolve: (path: string) => string
  clock: Clock
  /** Where the bar goes. */
  screen: { isTTY?: boolean; write(text: string): unknown }
}

const BAR_LENGTH = 30

/**
 * Copies what the embedded store holds to the configured InfluxDB and verifies it. Run again it goes on where it was.
 *
 * @throws StartError, CopyBrokenOff
 */
export async function copyStore({ config, resolve, clock, screen }: StoreCopyOptions): Promise<CopyResult> {
  if (!config.influx)
    throw new StartError('influx-missing', 'the configuration has no influx: there is nowhere to copy to')
  checkInflux(config.influx)
  const influx = withTokenFile(config.influx, resolve)
  const folder = resolve(config.data)
  const database = join(folder, 'cloud.db')
  if (!existsSync(database)) throw new StartError('database-missing', `there is no ${database}`)
  const source = new CopySource(database)
  const progress = new CopyProgress(join(folder, 'influx-copy.db'))
  const sender = new InfluxSender(influx)
  const lines = new LineWriter()
  lines.describe(tagsOf(config, resolve))
  const bar = new Bar(source.remaining(progress), screen, clock)
  try {
    return await copyHistory({
      source,
      progress,
      lines,
      send: some => sender.send(some),
      remote: openRemote(influx),
      clock,
      onCopied: readings => bar.add(readings),
    })
  } finally {
    bar.end()
    sender.close()
    progress.close()
    source.close()
  }
}

function tagsOf({ models, registry }: CloudConfig, resolve: (path: string) => string) {
  const configuration = readConfiguration({
    packs: [],
    models: [SHIPPED.models, ...(models ?? [])].map(resolve),
    registry: resolve(registry),
  })
  const around = readAround(configuration)
  if ('faults' in around) throw new StartError('configuration', around.faults.slice(0, 5).join('; '))
  return deviceTags(around.registry)
}

// On a terminal one line that is written over; elsewhere a line for each tenth.
class Bar {
  readonly #total: number
  readonly #screen: StoreCopyOptions['screen']
  readonly #clock: Clock
  readonly #begun: number
  #done = 0
  #tenths = 0

  constructor(total: number, screen: StoreCopyOptions['screen'], clock: Clock) {
    this.#total = total
    this.#screen = screen
    this.#clock = clock
    this.#begun = clock.running()
  }

  add(readings: number): void {
    this.#done += readings
    const part = Math.min(1, this.#done / Math.max(1, this.#total))
    const tenths = Math.floor(part * 10)
    if (!this.#screen.isTTY && tenths === this.#tenths) return
    this.#tenths = tenths
    const full = Math.round(part * BAR_LENGTH)
    const perSecond = Math.round(this.#done / Math.max(0.001, (this.#clock.running() - this.#begun) / 1000))
    const bar = `[${'#'.repeat(full)}${'-'.repeat(BAR_LENGTH - full)}] ${Math.floor(part * 100)} %`
    this.#screen.write(
      `${this.#screen.isTTY ? '\r' : ''}${bar}, ${this.#done} of ${this.#total} readings, ${perSecond}/s${this.#screen.isTTY ? '' : '\n'}`,
    )
  }

  end(): void {
    if (this.#screen.isTTY) this.#screen.write('\n')
  }
}
