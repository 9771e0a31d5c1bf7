import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { freeBytes } from '../disk.ts'
import type { Metrics } from './metrics.ts'

const RESOLUTION_MS = 20
const NANOSECONDS_PER_SECOND = 1e9
const MICROSECONDS_PER_SECOND = 1e6
const MS_PER_SECOND = 1000
const BYTES_PER_KIB = 1024

/**
 * Adds what is to be told of any program of Node: processor, memory, and how late its event loop is.
 *
 * @returns the function that ends the measuring
 */
export function addProcessMetrics(metrics: Metrics): () => void {
  const startedAt = (Date.now() - performance.now()) / MS_PER_SECOND
  metrics.gauge(
    { name: 'process_start_time_seconds', help: 'When the process started, since 1970 UTC.' },
    () => startedAt,
  )
  metrics.counter({ name: 'process_cpu_seconds_total', help: 'Processor time, user and system.' }, () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / MICROSECONDS_PER_SECOND
  })
  metrics.gauge(
    { name: 'process_resident_memory_bytes', help: 'Memory that is in use, shared files included.' },
    () => process.memoryUsage.rss(),
  )
  metrics.gauge(
    { name: 'process_anonymous_memory_bytes', help: 'Memory of its own that is in use (Linux).' },
    anonymousBytes,
  )
  metrics.gauge(
    { name: 'process_heap_bytes', help: 'Heap of JavaScript that is in use.' },
    () => process.memoryUsage().heapUsed,
  )
  return addEventLoopDelay(metrics)
}

/** Adds how much room is left where a program keeps its data. */
export function addDiskFree(metrics: Metrics, folder: string): void {
  metrics.gauge({ name: 'picket_disk_free_bytes', help: 'Free room on the disk of the data folder.' }, () =>
    freeBytes(folder),
  )
}

function addEventLoopDelay(metrics: Metrics): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  // Node counts the interval of its own timer in. Without a sample since the last page the figures mean nothing.
  const seconds = (nanoseconds: number): number =>
    delay.count > 0 ? Math.max(0, nanoseconds / NANOSECONDS_PER_SECOND - RESOLUTION_MS / MS_PER_SECOND) : 0
  const words = (which: string, share: string) => ({
    name: `picket_event_loop_delay_${which}_seconds`,
    help: `Delay of the event loop since the last scrape, ${share}.`,
  })
  metrics.gauge(words('p50', 'median'), () => seconds(delay.percentile(50)))
  metrics.gauge(words('p99', '99th percentile'), () => seconds(delay.percentile(99)))
  metrics.gauge(words('max', 'longest'), () => {
    const longest = seconds(delay.max)
    delay.reset()
    return longest
  })
  return () => void delay.disable()
}

// proc(5): memory that no file stands behind, in KiB.
function anonymousBytes(): number | undefined {
  if (process.platform !== 'linux') return undefined
  const [, kib] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return kib === undefined ? undefined : Number(kib) * BYTES_PER_KIB
}
