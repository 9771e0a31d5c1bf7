// What benches and tests use of the simulators.
export { type LoadOptions, type LoadReport, runLoad } from './load/load.ts'
export { type ReplayOptions, type ReplaySummary, replay } from './replay/replay.ts'
export type { Layout } from './replay/rows.ts'
