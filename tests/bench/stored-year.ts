import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@picket/cloud'

const MINUTE_MS = 60_000
const STEP_MS = 5 * MINUTE_MS
const BEGIN = Date.UTC(2025, 0, 1)
const DAYS = 365

/** Readings of one station in a year, at one in five minutes. */
export const STATION_YEAR = (DAYS * 24 * 60 * MINUTE_MS) / STEP_MS
/** The year that is stored: from inclusive, to exclusive, ms UTC. */
export const YEAR = { from: BEGIN, to: BEGIN + DAYS * 24 * 60 * MINUTE_MS }

export const MODEL = `model: station
name: { en: Station, zh: 测站 }
interval: 5m
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: bench }
`

const stationId = (at: number): string => `station-${at}`

/** The registry of so many stations. */
export const registryOf = (stations: number): string =>
  `sites: [{ id: bench, name: { en: Bench, zh: 测试 } }]
gateways: [{ id: gate, site: bench, passwordFile: none }]
devices:
${Array.from({ length: stations }, (_, at) => `  - { id: ${stationId(at)}, model: station, site: bench, gateways: [gate] }`).join('\n')}
`

/** A database of the cloud in a folder of its own, with a year of readings of each station. */
export class StoredYear {
  readonly file: string
  readonly readings: number
  readonly #folder: string

  constructor(stations: number) {
    this.#folder = mkdtempSync(join(tmpdir(), 'picket-bench-'))
    this.file = join(this.#folder, 'cloud.db')
    this.readings = stations * STATION_YEAR
    const db = openDatabase(this.file)
    const addSeries = db.prepare("INSERT INTO series (id, device, quantity) VALUES (?, ?, 'level')")
    const addReading = db.prepare('INSERT INTO reading (series, t, v, q) VALUES (?, ?, ?, 1)')
    for (let station = 0; station < stations; station++)
      db.transaction(() => {
        addSeries.run(station + 1, stationId(station))
        for (let t = YEAR.from; t < YEAR.to; t += STEP_MS) addReading.run(station + 1, t, level(t, station))
      })()
    db.close()
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }
}

// A tide, a flood of two days every other week, and noise.
function level(t: number, station: number): number {
  const days = (t - BEGIN) / (24 * 60 * MINUTE_MS)
  const flood = Math.max(0, 1 - Math.abs(((days + station) % 14) - 7))
  const noise = Math.sin(t * 12.9898 + station * 78.233) * 43_758.5453
  return 2 + 0.3 * Math.sin(4 * Math.PI * days) + 2 * flood + 0.05 * (noise - Math.floor(noise))
}
