import type { TSchema } from 'typebox'
import { Device, Gateway, type Registry, Site } from './registry.ts'

/** The kinds of entries, in the order in which one may name another. */
export const KINDS = { site: 'sites', gateway: 'gateways', device: 'devices' } as const
export type Kind = keyof typeof KINDS
export type Entry = Registry[(typeof KINDS)[Kind]][number]

export const SCHEMA_OF: Readonly<Record<Kind, TSchema>> = { site: Site, gateway: Gateway, device: Device }

export const isKind = (text: unknown): text is Kind => typeof text === 'string' && Object.hasOwn(KINDS, text)

/** What one row of a table says of an entry; `undefined` as a value takes the field away. */
export interface Row {
  /** As people count: the line of a spreadsheet, the place of a feature. */
  number: number
  kind: Kind
  id: string
  /** Fields by their path, as `location.lat`. */
  fields: ReadonlyMap<string, unknown>
}

/** A row that cannot be read. */
export interface BadRow {
  number: number
  id: string
  why: string
}

/** The rows of a file, or why it is none. */
export type Rows = { rows: (Row | BadRow)[] } | { fault: string }

/** Rows of one import; what is more is to be cut into several. */
export const MOST_ROWS = 100_000
