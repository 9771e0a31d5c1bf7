import { readFileSync } from 'node:fs'
import type { Installation } from '../support/installation.ts'
import type { Program } from '../support/program.ts'

const KIB_PER_MB = 1000 / 1.024

/** Memory of a process in MB: what it has of its own, and all of it that is in memory. */
export function memoryOf({ pid }: Program): { anonymousMb: number; residentMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (field: string): number => {
    const [, kib] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status) ?? []
    return Math.round((Number(kib) / KIB_PER_MB) * 10) / 10
  }
  return { anonymousMb: megabytes('RssAnon'), residentMb: megabytes('VmRSS') }
}

/** What the cloud has counted since its start. */
export interface Counts {
  stored: number
  batches: number
  uplinkBytes: number
}

export async function countsOf(installation: Installation): Promise<Counts> {
  const text = await installation.api.metrics()
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  return {
    stored: value('picket_readings_stored_total'),
    batches: value('picket_batches_total'),
    uplinkBytes: value('picket_uplink_bytes_total'),
  }
}
