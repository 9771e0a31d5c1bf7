import { dirname } from 'node:path'
import type { CloudOptions } from './cloud.ts'
import { type InfluxConfig, withTokenFile } from './stores/influx/config.ts'
import { FluxReadings } from './stores/influx/flux.ts'
import { InfluxQlReadings } from './stores/influx/influxql.ts'
import { JournalPages } from './stores/influx/journal-pages.ts'
import { JournalTail } from './stores/influx/journal-tail.ts'
import { InfluxTimeSeriesStore, type RemoteReadings } from './stores/influx/readings.ts'
import { Shipping } from './stores/influx/shipping.ts'
import type { TimeSeriesStore } from './stores/ports.ts'
import type { Stores } from './stores/sqlite/stores.ts'

/** Where readings go, and where charts and programs read them from. */
export interface Readings {
  /** Undefined where the configuration names no InfluxDB. */
  shipping: Shipping | undefined
  series: TimeSeriesStore
}

/** Opens the way to InfluxDB, where the configuration names one: the journal is kept for it from now on. */
export function openReadings({ config, resolve, clock, log }: CloudOptions, stores: Stores): Readings {
  const { db, journal, readings } = stores
  if (!config.influx) return { shipping: undefined, series: readings }
  const influx = withTokenFile(config.influx, resolve)
  let shipped = 0
  journal.keepAfter(shipped)
  const shipping = new Shipping({
    influx,
    folder: dirname(db.name),
    clock,
    log,
    onStatus(status) {
      shipped = status.shipped
      journal.keepAfter(shipped)
    },
  })
  if (influx.read === 'local') return { shipping, series: readings }
  const tail = new JournalTail(new JournalPages(db), () => shipped)
  return {
    shipping,
    series: new InfluxTimeSeriesStore({ local: readings, tail, remote: openRemote(influx), log }),
  }
}

/** Reads what the server has, in the language that is set, or else in one that it has. */
export function openRemote(influx: InfluxConfig): RemoteReadings {
  const isFlux = influx.read === 'flux' || (influx.read === 'local' && influx.version === 2)
  return isFlux ? new FluxReadings(influx) : new InfluxQlReadings(influx)
}
