import { readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { InputError } from '../decoder/input.ts'
import { table } from '../decoder/report.ts'
import { formatFileFault } from '../fault.ts'
import type { ModelLibrary } from '../model.ts'
import { readRegistry } from './check-registry.ts'
import { readCsv, writeCsv } from './csv.ts'
import { readGeoJson, writeGeoJson } from './geojson.ts'
import { importRows, ROW_OUTCOMES, type RowReport, type Touched } from './import-rows.ts'
import type { Registry } from './registry.ts'
import { withEntries } from './written.ts'

const MOST_BYTES = 64 * 1024 * 1024

/** Whether the registry is one; its faults go to the error output. */
export function checkFile(file: string, models: ModelLibrary): boolean {
  const read = readRegistry(textOf(file), file, models)
  if ('faults' in read) {
    for (const fault of read.faults) console.error(formatFileFault(fault))
    return false
  }
  const { sites, gateways, devices } = read.registry
  console.log(`${file}: ${sites.length} sites, ${gateways.length} gateways, ${devices.length} devices`)
  return true
}

/** The registry as a table or as a map. */
export function exportFile(file: string, format: 'csv' | 'geojson', models: ModelLibrary): void {
  const registry = registryIn(file, models)
  process.stdout.write(format === 'csv' ? writeCsv(registry) : writeGeoJson(registry))
}

export interface ImportOptions {
  registry: string
  /** Writes the registry; without it nothing changes. */
  write?: true
  json?: true
}

/** Brings a CSV or GeoJSON file into a registry; true where no row was refused. */
export function importFile(input: string, options: ImportOptions, models: ModelLibrary): boolean {
  const bytes = bytesOf(input)
  const read = /\.(?:geo)?json$/i.test(input) ? readGeoJson(bytes.toString('utf8')) : readCsv(bytes)
  if ('fault' in read) throw new InputError(`${input}: ${read.fault}`)
  const registry = registryIn(options.registry, models)
  const { touched, report } = importRows(registry, read.rows, models)
  if (options.json) for (const row of report) console.log(JSON.stringify(row))
  else console.log(reportText(report))
  if (options.write && touched.length > 0) writeRegistry(options.registry, touched)
  else if (touched.length > 0 && !options.json) console.log('Nothing was written; --write does it.')
  return report.every(({ outcome }) => outcome !== 'refused')
}

function reportText(report: readonly RowReport[]): string {
  const said = report.filter(({ outcome }) => outcome !== 'unchanged')
  const rows = said.map(({ row, id, outcome, note = '' }) => [`row ${row}`, outcome, id, note])
  const counts = ROW_OUTCOMES.map(
    outcome => `${report.filter(one => one.outcome === outcome).length} ${outcome}`,
  )
  return `${rows.length > 0 ? `${table(rows)}\n` : ''}${counts.join(', ')}`
}

function writeRegistry(file: string, touched: readonly Touched[]): void {
  const text = withEntries(textOf(file), touched)
  try {
    // A link stays one: what it leads to is written.
    const target = realpathSync(file)
    const written = `${target}.new`
    writeFileSync(written, text, { mode: statSync(target).mode, flush: true })
    renameSync(written, target)
  } catch (error) {
    throw new InputError(`${file} cannot be written (${(error as NodeJS.ErrnoException).code})`)
  }
}

function registryIn(file: string, models: ModelLibrary): Registry {
  const read = readRegistry(textOf(file), file, models)
  if ('faults' in read) throw new InputError(read.faults.map(formatFileFault).join('\n'))
  return read.registry
}

const textOf = (file: string): string => bytesOf(file).toString('utf8')

function bytesOf(file: string): Buffer {
  try {
    const bytes = readFileSync(file)
    if (bytes.length > MOST_BYTES) throw new InputError(`${file} is larger than ${MOST_BYTES} bytes`)
    return bytes
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}
