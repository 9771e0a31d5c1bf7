export { type CloudOptions, type RunningCloud, startCloud } from './cloud.ts'
export { CloudConfig } from './config.ts'
export { type Verification, verifyJournal } from './ingest/verification.ts'
