// The HTTP API of the cloud.
export { ensureFirstRunAccounts } from './access/first-run.ts'
export { makeUser, type NewUser } from './access/new-user.ts'
export { type CloudMetrics, createMetrics } from './metrics.ts'
export { startApi } from './server.ts'
export type { Services } from './services.ts'
