import type { RowReport } from '@picket/devices'
import type { Configuration } from '../stores/sqlite/journal.ts'

/** Tables of sites, gateways and devices. */
export type TableFormat = 'csv' | 'geojson'

/** What the thread is given: rows, what they go into, and the configuration with which that must agree. */
export interface ImportRequest {
  table: Uint8Array
  format: TableFormat
  /** The text of the registry file. */
  registry: string
  configuration: Configuration
}

/** What the thread says. */
export type ImportAnswer =
  | {
      report: RowReport[]
      /** The text of the registry file with the rows in it; undefined where they change nothing. */
      written: string | undefined
      /** Gateways that are new or another now. */
      gateways: { id: string; passwordFile: string }[]
    }
  /** What is wrong with all of it, a line each. */
  | { refused: string[] }
