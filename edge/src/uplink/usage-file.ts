import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { writeState } from '../status/state-file.ts'
import type { Usage } from './meter.ts'

const Count = Type.Integer({ minimum: 0 })
const UsageFile = Type.Object({ month: Count, bytes: Type.Tuple([Count, Count, Count]) })

const fileIn = (folder: string): string => join(folder, 'link-usage.json')

/** What was counted by an earlier run; undefined where nothing that can be read stands there. */
export function readUsage(folder: string): Usage | undefined {
  try {
    const usage: unknown = JSON.parse(readFileSync(fileIn(folder), 'utf8'))
    return Value.Check(UsageFile, usage) ? usage : undefined
  } catch {
    return undefined
  }
}

/** Writes it in place of the last. */
export const writeUsage = (folder: string, usage: Static<typeof UsageFile>): void =>
  writeState(fileIn(folder), usage)
