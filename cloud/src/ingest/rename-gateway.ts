import type { IngestParts } from './ingest-parts.ts'

/** What is kept of a gateway under its id. */
type Kept = Pick<IngestParts, 'ledger' | 'gateways' | 'guards' | 'quarantine' | 'clocks'>

/**
 * Brings what is kept of a gateway under its present id, within the caller's transaction: an epoch that was seen under a
 * former id is the same epoch. Without effect where nothing is kept under that.
 */
export function renameGateway(
  { ledger, gateways, guards, quarantine, clocks }: Kept,
  old: string,
  present: string,
): void {
  for (const store of [ledger, gateways, guards, quarantine, clocks]) store.rename(old, present)
}
