import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { DATABASE_FILE } from '../outbox/database.ts'
import { countRuns } from '../outbox/runs.ts'
import { asideCount } from '../outbox/set-aside.ts'
import type { GatewayState } from '../status/state-socket.ts'
import { type Finding, fault, ok, warning } from './finding.ts'

const CHECK = 'outbox'
/** What is copied to be read; a larger one is left to the gateway, which reads it through when it starts. */
const MAX_COPIED_BYTES = 64e6
const FULL_SHARE = 0.8

/** The outbox, without a change to it: a running gateway is asked, and a copy is read else. */
export function examineOutbox(data: string, maxBytes: number, state: GatewayState | undefined): Finding[] {
  const findings = state ? [said(state)] : examineFile(join(data, DATABASE_FILE), maxBytes)
  const damaged = statSync(data, { throwIfNoEntry: false })?.isDirectory() ? asideCount(data) : 0
  if (damaged > 0)
    findings.push(
      warning(
        CHECK,
        `${damaged} damaged databases were set aside in ${data}`,
        'the disk may be worn: check it (dmesg), keep a copy of the files, and then move them away',
      ),
    )
  return findings
}

function said({ outbox: { pendingRecords, fill, droppedRecords } }: GatewayState): Finding {
  return rate(
    `${pendingRecords} records wait for the cloud, ${Math.round(fill * 100)} % full`,
    fill,
    droppedRecords,
  )
}

function rate(message: string, fill: number, dropped: number): Finding {
  if (dropped > 0)
    return fault(
      CHECK,
      `${message}; ${dropped} were dropped`,
      'bring the link back, or set outbox.maxBytes higher',
    )
  if (fill >= FULL_SHARE) return warning(CHECK, message, 'bring the link back before it is full')
  return ok(CHECK, message)
}

function examineFile(file: string, maxBytes: number): Finding[] {
  if (!existsSync(file)) return [ok(CHECK, 'empty: this gateway has taken nothing yet')]
  const files = [file, `${file}-wal`].filter(existsSync)
  try {
    const sizeBytes = files.reduce((sum, name) => sum + statSync(name).size, 0)
    const fill = sizeBytes / maxBytes
    if (sizeBytes > MAX_COPIED_BYTES)
      return [rate(`${Math.round(sizeBytes / 1e6)} MB; too large to be read here`, fill, 0)]
    return [rate(readCopy(files), fill, 0)]
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EACCES')
      return [fault(CHECK, `${file} cannot be read`, 'run this as the user of the gateway (sudo -u picket)')]
    return [
      fault(
        CHECK,
        `${file} is damaged (${message})`,
        'start the gateway: it saves what can be read, tells the cloud what cannot, and sets a file aside that is no database any more; then check the disk (dmesg)',
      ),
    ]
  }
}

/** @throws Error of SQLite where it is damaged */
function readCopy(files: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'picket-doctor-'))
  try {
    const [copy] = files.map(name => {
      const to = join(folder, basename(name))
      copyFileSync(name, to)
      return to
    })
    const database = new Database(copy)
    try {
      const found = database.pragma('quick_check(1)', { simple: true }) as string
      if (found !== 'ok') throw new Error(found)
      const { runs, records, changed } = countRuns(database)
      if (changed > 0) throw new Error(`${changed} of ${runs} runs are not what was stored`)
      return `sound: ${records} records in ${runs} runs, the acknowledged tail among them`
    } finally {
      database.close()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
