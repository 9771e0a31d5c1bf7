import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../support/installation.ts'

/** A rain gauge of the record. */
export interface Gauge {
  /** Its device id. */
  id: string
  place: string
  file: string
}

// Smith and others 2017, doi 10.5066/F7NZ85WX, as distributed with usgs/landslides-thresholds (public domain).
const FOLDER = join(ROOT, '..', 'shared', 'data', 'usgs-landslide-thresholds')

/** Why nothing can be played; undefined where the record is there. */
export const absence: string | undefined = existsSync(FOLDER)
  ? undefined
  : `there is no recorded rain at ${FOLDER}`

/** The four gauges around Seattle, with the places that the record's thresh_in.txt gives them. */
export const GAUGES: readonly Gauge[] = [
  { id: 'kbfi', place: 'Seattle, Boeing Field', file: join(FOLDER, 'KBFI_t.txt') },
  { id: 'kpae', place: 'Everett, Paine Field', file: join(FOLDER, 'KPAE_t.txt') },
  { id: 'ksea', place: 'Seattle-Tacoma Airport', file: join(FOLDER, 'KSEA_t.txt') },
  { id: 'ktiw', place: 'Tacoma Narrows Airport', file: join(FOLDER, 'KTIW_t.txt') },
]

export const HOUR_MS = 3_600_000
/** The record goes by Pacific standard time all year. */
export const UTC_OFFSET_MS = -8 * HOUR_MS
/** A line is `SSYYYYMMDDHHPPP`, P in hundredths of an inch. */
export const PICTURE = '..YYYYMMDDHHVVV'
export const MM_PER_HUNDREDTH_INCH = 0.254

/** A day in local time: from its begin up to but not including its end, ms UTC. */
export interface Day {
  begin: number
  end: number
}

/** The days on which landslides were seen near Mukilteo, which lies by Paine Field. */
export function landslideDays(): Day[] {
  return readFileSync(join(FOLDER, 'dates2011Muk.txt'), 'utf8')
    .split(/\r?\n/)
    .filter(line => line.trim() !== '')
    .map(line => {
      const [month, day, year] = line.split('/').map(Number) as [number, number, number]
      const begin = Date.UTC(year, month - 1, day) - UTC_OFFSET_MS
      return { begin, end: begin + 24 * HOUR_MS }
    })
}
