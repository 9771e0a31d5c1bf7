// What the programs' shells share: time, configuration, logs, and the listener that commits before it acknowledges.
export * from './clock.ts'
export { ClockWatch, SET_BACK_MS } from './clock-watch.ts'
export * from './config.ts'
export * from './log.ts'
export { Counter, Histogram, METRICS_CONTENT_TYPE, Metrics, type SeriesWords } from './metrics/metrics.ts'
export { addDiskFree, addProcessMetrics } from './metrics/process.ts'
export * from './mqtt-listener.ts'
export * from './program.ts'
