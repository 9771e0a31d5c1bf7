import { setTimeout as after } from 'node:timers/promises'
import { type BacktestMessage, type BacktestRequest, BacktestRunner } from '@picket/cloud'
import type { BacktestResult } from '@picket/rules'
import { MODEL, registryOf, STATION_YEAR, StoredYear, YEAR } from './stored-year.ts'

/** How much is measured: 96 stations hold 10 M readings. */
const WHOLE = { stations: 96, longRuns: 3, firstRuns: 3, furtherRuns: 6 }
const MEMORY_EVERY_MS = 20
// From the look at the rules to the first question about others.
const READY_MS = 3000
const MIB = 1024 * 1024

/** A threshold and a rate; `only` selects among the stations. */
const packOf = (only: string): string => `pack: bench
rules:
  - id: flood
    name: { en: Flood, zh: 洪水 }
    message: { en: "{device} is at {stage}", zh: "{device} {stage}" }
    select: { model: station${only} }
    features: { stage: level, rise: "rate(level, 6h, per 1h)" }
    parameters:
      high: { value: 3, unit: m, min: 0, max: 10, reason: bench }
      fast: { value: 0.15, unit: m/h, min: 0, max: 10, reason: bench }
    levels:
      yellow: { when: stage > high, until: stage < 0.95 * high, for: 10m, clearFor: 30m }
      red: { when: stage > high && rise > fast, until: rise < 0, clearFor: 1h }
`

/**
 * Measures backtests over a cloud's database: the request that the API takes, in the thread that answers it, from the
 * reading of the rows to the result. HTTP and the API's checks are not in it.
 */
export async function benchBacktest(
  print: (line: string) => void,
  { stations, longRuns, firstRuns, furtherRuns } = WHOLE,
): Promise<void> {
  const year = new StoredYear(stations)
  const runner = new BacktestRunner(year.file)
  try {
    const begun = process.memoryUsage.rss()
    const cold = await measureFirst(year.file, { stations, runs: firstRuns, isReady: false })
    const ready = await measureFirst(year.file, { stations, runs: firstRuns, isReady: true })
    await measure(runner, packOf(', device: station-0'), stations)
    const further: Run[] = []
    for (let run = 0; run < furtherRuns; run++)
      further.push(await measure(runner, packOf(', device: station-0'), stations))
    const long: Run[] = []
    for (let run = 0; run < longRuns; run++) long.push(await measure(runner, packOf(''), stations))
    const speed = Math.max(...long.map(({ readings, cpuMs }) => (1000 * readings) / cpuMs))
    const most = Math.max(...long.map(({ mostBytes }) => mostBytes))
    print('\nbacktest of a threshold-and-rate rule, from the rows of the database to the result')
    print(
      `  ${count(year.readings)} readings of ${stations} stations: ${count(speed)} readings/s of CPU time, best of ${longRuns}`,
    )
    print(
      `  ${count(long[0]?.episodes ?? 0)} episodes; memory of the process ${count((most - begun) / MIB)} MiB above its begin`,
    )
    print(
      `  one station-year (${count(STATION_YEAR)} readings), from the request to the thread to its result:`,
    )
    print(`    the first after a look at the rules, which makes the thread ready: ${spread(ready)}`)
    print(`    the first where nobody looked, the start of the thread included:   ${spread(cold)}`)
    print(`    further ones:                                                      ${spread(further)}`)
  } finally {
    await runner.stop()
    year.remove()
  }
}

/** What the first question costs whoever asks it: of a thread that somebody's look at the rules made ready, or of none. */
async function measureFirst(
  file: string,
  { stations, runs, isReady }: { stations: number; runs: number; isReady: boolean },
): Promise<Run[]> {
  const measured: Run[] = []
  for (let run = 0; run < runs; run++) {
    const runner = new BacktestRunner(file)
    try {
      if (isReady) {
        runner.warm()
        await after(READY_MS)
      }
      measured.push(await measure(runner, packOf(', device: station-0'), stations))
    } finally {
      await runner.stop()
    }
  }
  return measured
}

interface Run {
  wallMs: number
  /** Of all threads. */
  cpuMs: number
  readings: number
  episodes: number
  /** Most resident memory of the process. */
  mostBytes: number
}

async function measure(runner: BacktestRunner, pack: string, stations: number): Promise<Run> {
  const request = {
    candidate: [{ file: 'bench.yaml', text: pack }],
    models: [{ file: 'station.yaml', text: MODEL }],
    registry: registryOf(stations),
    ...YEAR,
  }
  let mostBytes = process.memoryUsage.rss()
  const watch = setInterval(() => {
    mostBytes = Math.max(mostBytes, process.memoryUsage.rss())
  }, MEMORY_EVERY_MS)
  const began = performance.now()
  const cpu = process.cpuUsage()
  const { readings, candidate } = await resultOf(runner, request).finally(() => clearInterval(watch))
  const { user, system } = process.cpuUsage(cpu)
  const wallMs = performance.now() - began
  return {
    wallMs,
    cpuMs: (user + system) / 1000,
    readings,
    episodes: candidate.episodeCount,
    mostBytes,
  }
}

function resultOf(runner: BacktestRunner, request: BacktestRequest): Promise<BacktestResult> {
  return new Promise((resolve, reject) => {
    runner.run(request, (message: BacktestMessage) => {
      if ('result' in message) resolve(message.result as BacktestResult)
      else if (!('progress' in message)) reject(new Error(JSON.stringify(message)))
    })
  })
}

const spread = (runs: readonly Run[]): string => {
  const wall = runs.map(({ wallMs }) => wallMs)
  const cpu = runs.map(({ cpuMs }) => cpuMs)
  return `${count(Math.min(...wall))} to ${count(Math.max(...wall))} ms (CPU time of all threads ${count(Math.min(...cpu))} to ${count(Math.max(...cpu))} ms)`
}

const count = (value: number): string => Math.round(value).toLocaleString('en')
