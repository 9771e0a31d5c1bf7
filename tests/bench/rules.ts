import { cpus } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Reading } from '@picket/devices'
import { benchBacktest } from './backtest.ts'
import { ALIKE, gauges, LoadedEngine, MIXED, rulesFor } from './rule-load.ts'

const DEVICES = 50
// Longer than the longest window.
const WARM_MINUTES = 1500
const ROUND_MINUTES = 400
const ROUNDS = 7
const OTHERS = [10, 100, 1000, 10_000]

/**
 * Measures the rule engine alone, in this process, then backtests, and prints tables. A figure is the median of several runs that
 * take turns, so that a machine that is busy for a while slows all alike. CPU time counts, of all threads
 * together: what one core can do.
 */
export async function benchRules(): Promise<void> {
  print(`${cpus()[0]?.model}, Node ${process.version}; ${DEVICES} series, a reading a minute, in batches\n`)
  benchRulesPerSeries()
  benchRulesForOthers()
  benchMemory()
  await benchBacktest(print)
}

function benchRulesPerSeries(): void {
  const fed = gauges('fed', DEVICES)
  const cases = [
    { name: '1 rule (threshold)', features: MIXED.slice(0, 1) },
    { name: '3 rules (threshold, rate, mean)', features: MIXED.slice(0, 3) },
    { name: '10 rules, ten features', features: MIXED },
    { name: '10 rules, one feature', features: ALIKE },
  ].map(({ name, features }) => ({
    name,
    rules: features.length,
    load: new LoadedEngine({ rules: rulesFor('fed', features), fed }),
  }))
  const speeds = speedsOf(cases.map(({ load }) => load))
  print('rules per series                  readings/s   ns a rule   effects')
  for (const [at, { name, rules, load }] of cases.entries()) {
    const perSecond = speeds[at] as number
    print(`${name.padEnd(32)}${columns([perSecond, 1e9 / perSecond / rules, load.effects])}`)
  }
}

function benchRulesForOthers(): void {
  const fed = gauges('fed', DEVICES)
  const loads = OTHERS.map(count => {
    const silent = gauges('other', count / MIXED.length)
    return new LoadedEngine({ rules: [...rulesFor('fed', MIXED), ...rulesFor('other', MIXED)], fed, silent })
  })
  const speeds = speedsOf(loads)
  print('\nrules at other series   readings/s (10 rules a series)')
  for (const [at, count] of OTHERS.entries())
    print(`${String(count).padEnd(20)}${columns([speeds[at] as number])}`)
  print(`slowest to fastest: ${Math.round((100 * Math.min(...speeds)) / Math.max(...speeds))} %`)
}

function benchMemory(): void {
  const scopes = 10_000
  const empty = heapBytes()
  const load = new LoadedEngine({ rules: rulesFor('fed', MIXED), fed: gauges('fed', scopes / MIXED.length) })
  const configured = heapBytes()
  load.feed(load.batches(1))
  const begun = heapBytes()
  const minutes = 1024
  for (let fed = 0; fed < minutes; fed += 64) load.feed(load.batches(64))
  const full = heapBytes()
  const samples = (minutes * scopes) / MIXED.length
  print(`\nmemory: ${Math.round((configured - empty) / scopes)} bytes a rule at a device without readings`)
  print(
    `        ${Math.round((full - begun) / samples)} bytes a sample kept for ten rules, their sums included`,
  )
}

/** Median readings/s of each, in the order given. */
function speedsOf(loads: readonly LoadedEngine[]): number[] {
  for (const load of loads) load.feed(load.batches(WARM_MINUTES))
  const runs = loads.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++)
    for (const [at, load] of loads.entries()) runs[at]?.push(speedOf(load, load.batches(ROUND_MINUTES)))
  return runs.map(median)
}

function speedOf(load: LoadedEngine, batches: readonly Reading[][]): number {
  const begun = process.cpuUsage()
  load.feed(batches)
  const { user, system } = process.cpuUsage(begun)
  return (batches.length * DEVICES) / ((user + system) / 1e6)
}

function median(values: number[]): number {
  values.sort((a, b) => a - b)
  return values[Math.floor(values.length / 2)] as number
}

// What is still in use: V8 collects on demand only under this flag.
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const columns = (values: number[]): string =>
  values.map(value => Math.round(value).toLocaleString('en').padStart(12)).join('')

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
