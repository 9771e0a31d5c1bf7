import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Gauge, HOUR_MS, landslideDays, MM_PER_HUNDREDTH_INCH, UTC_OFFSET_MS } from './record.ts'

const SITE = 'puget-sound'

/**
 * Writes the gauges' records as `picket-rules backtest` takes them: `rain/<gauge>.csv`, `registry.yaml`, and the landslide
 * days as `landslides.csv`. The days were seen near Mukilteo: only the gauge at Paine Field can be held against them.
 */
export function writeCsv(gauges: readonly Gauge[], folder: string): void {
  mkdirSync(join(folder, 'rain'), { recursive: true })
  for (const { id, file } of gauges) {
    const rows = readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .filter(line => line !== '')
      .map(line => `${id},rain,${timeOf(line)},${rainOf(line)}`)
    writeFileSync(join(folder, 'rain', `${id}.csv`), lines(['device,quantity,time,value', ...rows]))
  }
  const days = landslideDays().map(({ begin, end }) => `${iso(begin)},${iso(end)},kpae`)
  writeFileSync(join(folder, 'landslides.csv'), lines(['begin,end,device', ...days]))
  // JSON is YAML.
  const registry = {
    sites: [{ id: SITE, name: { en: 'Puget Sound', zh: '普吉特海湾' } }],
    gateways: [{ id: 'gw-1', passwordFile: 'none' }],
    devices: gauges.map(({ id }) => ({ id, model: 'hourly-rain-gauge', site: SITE, gateways: ['gw-1'] })),
  }
  writeFileSync(join(folder, 'registry.yaml'), lines([JSON.stringify(registry, null, 2)]))
}

// A line is `SSYYYYMMDDHHPPP`, in local time; hour 24 is the next day's first.
function timeOf(line: string): string {
  const at = (begin: number, end: number): number => Number(line.slice(begin, end))
  return iso(Date.UTC(at(2, 6), at(6, 8) - 1, at(8, 10)) + at(10, 12) * HOUR_MS - UTC_OFFSET_MS)
}

const rainOf = (line: string): number =>
  Math.round(Number(line.slice(12, 15)) * MM_PER_HUNDREDTH_INCH * 1000) / 1000

const iso = (t: number): string => new Date(t).toISOString().replace('.000', '')
const lines = (all: readonly string[]): string => `${all.join('\n')}\n`
