import { readFileSync } from 'node:fs'
import type { Installation } from '../support/installation.ts'
import type { Program } from '../support/program.ts'

const KIB_PER_MB = 1000 / 1.024
const TICKS_PER_SECOND = 100

/** Memory of a process in MB: what it has of its own, and all of it that is in memory. */
export function memoryOf({ pid }: Program): { anonymousMb: number; residentMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (field: string): number => {
    const [, kib] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status) ?? []
    return Math.round((Number(kib) / KIB_PER_MB) * 10) / 10
  }
  return { anonymousMb: megabytes('RssAnon'), residentMb: megabytes('VmRSS') }
}

/** Processor time of a process, user and system: proc(5), fields 14 and 15 of stat, behind the name in brackets. */
export function cpuSecondsOf({ pid }: { pid: number }): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** What the cloud has counted since its start. */
export interface Counts {
  stored: number
  batches: number
  uplinkBytes: number
}

export async function countsOf(installation: Installation): Promise<Counts> {
  const value = await seriesOf(installation)
  return {
    stored: value('picket_readings_stored_total'),
    batches: value('picket_batches_total'),
    uplinkBytes: value('picket_uplink_bytes_total'),
  }
}

/** The cloud's series as they are now, by name. */
export async function seriesOf(installation: Installation): Promise<(name: string) => number> {
  const text = await installation.api.metrics()
  return name => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}
