import type { Client, Span } from './client.ts'
import type { Replace } from './names.ts'
import type { Language } from './text.ts'

/** What an answer is made with. */
export interface Context {
  client: Client
  span: Span
  /** How long the panel would have a bucket, ms. */
  stepMs: number
  language: Language
  replace: Replace
}
