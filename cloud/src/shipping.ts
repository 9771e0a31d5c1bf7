import { dirname } from 'node:path'
import type { CloudOptions } from './cloud.ts'
import { Shipping } from './stores/influx/shipping.ts'
import type { Stores } from './stores/sqlite/stores.ts'

/** The way to InfluxDB, where the configuration names one: the journal is kept for it from now on. */
export function openShipping(
  { config, resolve, clock, log }: CloudOptions,
  { db, journal }: Stores,
): Shipping | undefined {
  if (!config.influx) return undefined
  const { tokenFile, ...influx } = config.influx
  journal.keepAfter(0)
  return new Shipping({
    influx: tokenFile === undefined ? influx : { ...influx, tokenFile: resolve(tokenFile) },
    folder: dirname(db.name),
    clock,
    log,
    onStatus: ({ shipped }) => journal.keepAfter(shipped),
  })
}
