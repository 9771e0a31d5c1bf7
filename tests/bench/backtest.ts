import { setTimeout as after } from 'node:timers/promises'
import { type BacktestMessage, type BacktestRequest, BacktestRunner } from '@picket/cloud'
import type { BacktestResult } from '@picket/rules'
import { MODEL, registryOf, STATION_YEAR, StoredYear, YEAR } from './stored-year.ts'

// 10 M readings.
const STATIONS = 96
const RUNS = 3
const SHORT_RUNS = 7
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
export async function benchBacktest(print: (line: string) => void, stations = STATIONS): Promise<void> {
  const year = new StoredYear(stations)
  const runner = new BacktestRunner(year.file)
  try {
    const short: Run[] = []
    const ready = await firstOfReadyThread(year.file, stations)
    for (let run = 0; run < SHORT_RUNS; run++)
      short.push(await measure(runner, packOf(', device: station-0'), stations))
    const long: Run[] = []
    for (let run = 0; run < RUNS; run++) long.push(await measure(runner, packOf(''), stations))
    const [first] = short as [Run]
    const warm = short.slice(1).map(({ wallMs }) => wallMs)
    const speed = Math.max(...long.map(({ readings, cpuMs }) => (1000 * readings) / cpuMs))
    const most = Math.max(...long.map(({ mostBytes }) => mostBytes))
    print('\nbacktest of a threshold-and-rate rule, from the rows of the database to the result')
    print(
      `  ${count(year.readings)} readings of ${stations} stations: ${count(speed)} readings/s of CPU time, best of ${RUNS}`,
    )
    print(
      `  ${count(long[0]?.episodes ?? 0)} episodes; memory of the process ${count((most - first.beganBytes) / MIB)} MiB above its begin`,
    )
    print(
      `  one station-year (${count(STATION_YEAR)} readings): ${count(Math.min(...warm))} to ${count(Math.max(...warm))} ms, the first ${count(first.wallMs)} ms, or ${count(ready.wallMs)} ms where the thread was ready`,
    )
  } finally {
    await runner.stop()
    year.remove()
  }
}

/** What whoever looked at the rules before has to wait for. */
async function firstOfReadyThread(file: string, stations: number): Promise<Run> {
  const runner = new BacktestRunner(file)
  try {
    runner.warm()
    await after(READY_MS)
    return await measure(runner, packOf(', device: station-0'), stations)
  } finally {
    await runner.stop()
  }
}

interface Run {
  wallMs: number
  /** Of all threads. */
  cpuMs: number
  readings: number
  episodes: number
  /** Resident memory of the process. */
  beganBytes: number
  mostBytes: number
}

async function measure(runner: BacktestRunner, pack: string, stations: number): Promise<Run> {
  const request = {
    candidate: [{ file: 'bench.yaml', text: pack }],
    models: [{ file: 'station.yaml', text: MODEL }],
    registry: registryOf(stations),
    ...YEAR,
  }
  const beganBytes = process.memoryUsage.rss()
  let mostBytes = beganBytes
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
    beganBytes,
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

const count = (value: number): string => Math.round(value).toLocaleString('en')
