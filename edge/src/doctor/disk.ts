import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { freeBytes } from '@picket/devices/runtime'
import { type Finding, fault, ok, warning } from './finding.ts'

const CHECK = 'disk'
/** Below this the gateway gives up its reserve, and begins to drop records soon after. */
const LEAST_FREE_BYTES = 50e6
/** A card that takes longer for one commit is worn or a poor one. */
const SLOW_SYNC_MS = 500
const SYNCS = 5
const BLOCK_BYTES = 4096

/** The disk of the data folder: free room, whether it can be written, and how long a sync takes. */
export function examineDisk(data: string, maxBytes: number): Finding[] {
  const folder = nearest(data)
  const { ffree, files } = statfsSync(folder)
  const hasNoFiles = files > 0 && ffree === 0
  const findings = [examineRoom(folder, freeBytes(folder), maxBytes, hasNoFiles), examineSync(folder)]
  if (folder !== data)
    findings.push(
      warning(
        CHECK,
        `${data} is not there yet`,
        'nothing, if this gateway has never run: it makes the folder',
      ),
    )
  else if ((statSync(data).mode & 0o077) !== 0)
    findings.push(warning(CHECK, `${data} is open to other users of this machine`, `chmod 700 ${data}`))
  return findings
}

function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder))
}

function examineRoom(folder: string, free: number, maxBytes: number, isOutOfFiles: boolean): Finding {
  const room = `${megabytes(free)} free at ${folder}`
  if (isOutOfFiles)
    return fault(CHECK, `${folder} can take no further file`, 'delete files that nobody needs (df -i)')
  if (free < LEAST_FREE_BYTES)
    return fault(CHECK, room, 'make room (journalctl --vacuum-size=50M, apt-get clean), or use a larger disk')
  if (free < maxBytes)
    return warning(
      CHECK,
      `${room}, less than outbox.maxBytes (${megabytes(maxBytes)})`,
      'make room, or set outbox.maxBytes lower: what waits for the cloud is dropped when the disk is full',
    )
  return ok(CHECK, room)
}

function examineSync(folder: string): Finding {
  const file = join(folder, `doctor-${process.pid}`)
  try {
    const longestMs = longestSyncMs(file)
    const message = `written and synced in ${longestMs.toFixed(0)} ms at most`
    if (longestMs < SLOW_SYNC_MS) return ok(CHECK, message)
    return warning(CHECK, message, 'use another card or an SSD: each reading waits for a sync')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const remedies: Record<string, string> = {
      EROFS:
        'the disk is mounted read-only, perhaps after errors: see dmesg, check it (fsck), mount it for writing',
      EACCES: `let the user of the gateway write there (chown), or run this as that user (sudo -u picket)`,
      ENOSPC: 'make room',
      ENOTDIR: 'a file is in the place of the folder: move it away, or name another folder (data)',
    }
    return fault(
      CHECK,
      `${folder} cannot be written (${code})`,
      remedies[code ?? ''] ?? 'see dmesg; the disk may be broken',
    )
  }
}

function longestSyncMs(file: string): number {
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    let longest = 0
    for (let time = 0; time < SYNCS; time++) {
      const startedAt = performance.now()
      writeSync(descriptor, Buffer.alloc(BLOCK_BYTES))
      fsyncSync(descriptor)
      longest = Math.max(longest, performance.now() - startedAt)
    }
    return longest
  } finally {
    closeSync(descriptor)
    rmSync(file)
  }
}

const megabytes = (bytes: number): string => `${Math.floor(bytes / 1e6)} MB`
