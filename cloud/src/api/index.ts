// The HTTP API of the cloud.
export { ensureFirstRunAccounts } from './access/first-run.ts'
export { type CloudMetrics, createMetrics } from './metrics.ts'
export { type ApiOptions, type RunningApi, startApi } from './server.ts'
export type { LiveEvent, RuleView, Services } from './services.ts'
