import { parseDuration, Registry, readYaml, withPresentIds } from '@picket/devices'
import { CsvHistory } from '../backtest/csv-history.ts'
import { type Label, readLabels, readTime } from '../backtest/labels.ts'
import type { CloudClient } from '../cloud-client.ts'
import type { EngineDevice, EngineSite } from '../engine/event.ts'
import { compilePacks } from '../language/index.ts'
import { DEFAULT_URL, openCloud } from '../publishing/cloud-access.ts'
import { engineDevices, engineSites } from '../registry.ts'
import type { Rule } from '../rule.ts'
import { filesAt, readFile, readModels, readPacks, UnusableError } from './files.ts'

/** Options that every command over stored readings has. */
export interface HistoryOptions {
  csv?: string
  registry?: string
  models?: string
  url?: string
  tokenFile?: string
  from?: string
  to?: string
  labels?: string
  near?: string
}

/** Says that the rule set of the running cloud is meant. */
export const LIVE = 'live'

/** What a command needs to judge readings of CSV files in its own process. */
export interface FileHistory {
  history: CsvHistory
  devices: EngineDevice[]
  sites: EngineSite[]
  from: number
  to: number
  compile(paths: readonly string[]): Rule[]
}

/** True where the readings are those of a running cloud: without `--csv` they are. */
export const isOfCloud = ({ url, csv }: HistoryOptions): boolean => url !== undefined || csv === undefined

/** @throws CloudError */
export const openCloudHistory = ({ url = DEFAULT_URL, tokenFile }: HistoryOptions): CloudClient =>
  openCloud({ url, ...(tokenFile === undefined ? {} : { tokenFile }) }, process.env)

/** @throws UnusableError */
export function openFileHistory(options: HistoryOptions): FileHistory {
  const { csv, registry: registryFile } = options
  if (csv === undefined || registryFile === undefined)
    throw new UnusableError(['--csv needs --registry FILE: the devices and sites of its readings'])
  const models = readModels(options.models)
  const registry = readYaml(readFile(registryFile), registryFile, Registry)
  if (!registry.ok) throw new UnusableError(registry.faults)
  const document = withPresentIds(registry.document.value)
  const devices = engineDevices(document, models)
  const read = CsvHistory.read(csvFilesAt(csv), { devices, models })
  if (!read.ok) throw new UnusableError(read.faults)
  const { history } = read
  const { span } = history
  if (!span) throw new UnusableError([`${csv}: there is no reading in it`])
  const { from = span.from, to = span.to } = readSpan(options)
  if (from >= to) throw new UnusableError(['--from must be before --to'])
  return {
    history,
    devices,
    sites: engineSites(document),
    from,
    to,
    compile(paths) {
      if (paths.includes(LIVE))
        throw new UnusableError([
          '"live" is the rule set of a cloud: with --csv name a pack or a folder of packs',
        ])
      const compiled = compilePacks(readPacks(paths), { models })
      if (!compiled.ok) throw new UnusableError(compiled.faults)
      return compiled.rules
    },
  }
}

// One text at a time: together they may be larger than the memory.
function* csvFilesAt(path: string): Generator<{ file: string; text: string }> {
  for (const file of filesAt(path, '.csv')) yield { file, text: readFile(file) }
}

/** @throws UnusableError */
export function readSpan({ from, to }: HistoryOptions): { from?: number; to?: number } {
  const read = (name: string, text: string | undefined) => {
    if (text === undefined) return {}
    const time = readTime(text)
    if (time === undefined)
      throw new UnusableError([
        `--${name}: "${text}" is no time with a zone (write 2026-05-01T08:00:00+08:00)`,
      ])
    return { [name]: time }
  }
  return { ...read('from', from), ...read('to', to) }
}

/** What really happened, and how near to it an alarm must be. @throws UnusableError */
export function readLabelOptions({ labels, near }: HistoryOptions): { labels?: Label[]; nearMs?: number } {
  const nearMs = near === undefined ? 0 : parseDuration(near)
  if (nearMs === undefined) throw new UnusableError([`--near: "${near}" is no duration (write 90m, 24h)`])
  if (labels === undefined) return {}
  const read = readLabels(readFile(labels), labels)
  if (!read.ok) throw new UnusableError(read.faults)
  return { labels: read.labels, nearMs }
}
