import { existsSync, type FSWatcher, readdirSync, readFileSync, statSync, watch } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StartError } from '@picket/devices'
import type { Configuration } from '../stores/sqlite/journal.ts'

/** Where a configuration is read from: files, or folders of YAML files. */
export interface ConfigurationPaths {
  packs: string[]
  models: string[]
  registry: string
}

const folderOf = (specifier: string): string => fileURLToPath(new URL('.', import.meta.resolve(specifier)))

/** The packs and models that come with Picket. */
export const SHIPPED = {
  packs: folderOf('@picket/rules/packs/slope.yaml'),
  models: folderOf('@picket/devices/models/gateway.yaml'),
}

/**
 * Reads every file of a configuration.
 *
 * @throws StartError where one cannot be read
 */
export function readConfiguration({ packs, models, registry }: ConfigurationPaths): Configuration {
  const { file, text } = readText(registry)
  return {
    packs: packs.flatMap(yamlFiles).map(readText),
    models: models.flatMap(yamlFiles).map(readText),
    registry: text,
    registryFile: file,
  }
}

// Editors write a file in several steps.
const SETTLE_MS = 200

/** Calls back when any of the files has changed and been left alone for a moment; returns the end of it. */
export function watchConfiguration(
  { packs, models, registry }: ConfigurationPaths,
  changed: () => void,
): () => void {
  let timer: NodeJS.Timeout | undefined
  const settle = (): void => {
    clearTimeout(timer)
    timer = setTimeout(changed, SETTLE_MS)
  }
  const watchers = [...packs, ...models, registry].filter(existsSync).map(path => watchPath(path, settle))
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}

// A file is replaced by another of its name, of which a watch on the file itself would hear nothing: its folder is watched.
function watchPath(path: string, changed: () => void): FSWatcher {
  if (statSync(path).isDirectory()) return watch(path, changed)
  const name = basename(path)
  return watch(dirname(path), (_, changedName) => {
    if (changedName === null || changedName === name) changed()
  })
}

function yamlFiles(path: string): string[] {
  if (!existsSync(path))
    throw new StartError('configuration-missing', `there is no ${path}; name a file or a folder that is`)
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter(name => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))
    .sort()
    .map(name => join(path, name))
}

function readText(file: string): { file: string; text: string } {
  try {
    return { file, text: readFileSync(file, 'utf8') }
  } catch (error) {
    throw new StartError('configuration-unreadable', `cannot read ${file}: ${(error as Error).message}`)
  }
}
