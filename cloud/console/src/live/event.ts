import type { LiveEvent } from '../api/shapes.ts'

const TYPES = ['reading', 'alarm', 'flag', 'gateway', 'rules'] as const

/** Names under which the stream may send its events. */
export const EVENT_NAMES: readonly string[] = ['message', ...TYPES]

/**
 * Reads one event of the stream. The type stands in the data or, where it does not, in the event's name.
 *
 * @returns undefined for what this console does not know: a newer cloud may say more
 */
export function readEvent(name: string, data: string): LiveEvent | undefined {
  let body: unknown
  try {
    body = JSON.parse(data)
  } catch {
    return undefined
  }
  if (typeof body !== 'object' || body === null) return undefined
  const event = { type: name, ...body } as { type: string; readings?: unknown }
  if (!TYPES.includes(event.type as (typeof TYPES)[number])) return undefined
  if (event.type === 'reading' && !Array.isArray(event.readings)) return undefined
  return event as LiveEvent
}
