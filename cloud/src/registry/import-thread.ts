// The thread behind RegistryImport: reading, checking and compiling fifty thousand rows takes seconds.
import { parentPort, workerData } from 'node:worker_threads'
import {
  formatFileFault,
  importRows,
  readRegistry,
  readRegistryCsv,
  readRegistryGeoJson,
  withEntries,
} from '@picket/devices'
import { compileConfiguration } from '../ingest/engine-host.ts'
import { readModelsInForce } from '../ingest/models-in-force.ts'
import type { ImportAnswer, ImportRequest } from './import-request.ts'

function answer({ table, format, registry, configuration }: ImportRequest): ImportAnswer {
  const rows =
    format === 'csv' ? readRegistryCsv(table) : readRegistryGeoJson(Buffer.from(table).toString('utf8'))
  if ('fault' in rows) return { refused: [rows.fault] }
  const models = readModelsInForce(configuration.models)
  const read = readRegistry(registry, configuration.registryFile ?? 'registry', models)
  if ('faults' in read) return { refused: read.faults.map(formatFileFault) }
  const { report, touched } = importRows(read.registry, rows.rows, models)
  if (touched.length === 0) return { report, written: undefined, gateways: [] }
  const written = withEntries(registry, touched)
  // What the rules have against it must not come to light when the file is there already.
  const compiled = compileConfiguration({ ...configuration, registry: written })
  if ('faults' in compiled) return { refused: compiled.faults }
  const gateways = touched.flatMap(({ list, entry }) =>
    list === 'gateways' && 'passwordFile' in entry
      ? [{ id: entry.id, passwordFile: entry.passwordFile }]
      : [],
  )
  return { report, written, gateways }
}

parentPort?.postMessage(answer(workerData as ImportRequest))
