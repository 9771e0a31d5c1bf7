import { isName, isPlausibleTime, Mark, Quality, type Reading } from '../../reading.ts'
import { type Codec, type CodecContext, type Decoded, MAX_READINGS_PER_MESSAGE } from '../codec.ts'

const MAX_FAULTS = 100
const PREFIX = 'sensors/'
const NO_TIME = Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME

/**
 * Picket's own sensor message: topic `sensors/{device}/{quantity}`, payload `{"t": <ms UTC>, "v": <number>}`
 * or an array of such. Without `t` the arrival time counts.
 */
export const plainJson: Codec = {
  name: 'plain-json',
  decode(payload: Uint8Array, { topic, arrivalMs }: CodecContext): Decoded {
    const slash = topic.indexOf('/', PREFIX.length)
    const device = topic.slice(PREFIX.length, slash)
    const quantity = topic.slice(slash + 1)
    if (!topic.startsWith(PREFIX) || slash < 0 || !isName(device) || !isName(quantity)) {
      return refuse('plain-json-topic', `"${topic}" is not sensors/{device}/{quantity}`)
    }
    const parsed = parseJson(payload)
    if (!parsed.ok) return refuse('plain-json-syntax', parsed.message)
    const items: unknown[] = Array.isArray(parsed.value) ? parsed.value : [parsed.value]
    if (items.length > MAX_READINGS_PER_MESSAGE) {
      return refuse(
        'plain-json-length',
        `${items.length} readings in one message; ${MAX_READINGS_PER_MESSAGE} are allowed`,
      )
    }
    const decoded: Decoded = { readings: [], faults: [] }
    for (const item of items) {
      const { t, v } = (item ?? {}) as { t?: unknown; v?: unknown }
      if (typeof v !== 'number' || !Number.isFinite(v)) {
        fail(decoded, 'plain-json-value', `"v" must be a finite number, not ${brief(v)}`)
      } else if (t !== undefined && !isPlausibleTime(t)) {
        fail(
          decoded,
          'plain-json-time',
          `"t" must be whole milliseconds since 1970 UTC, 1990 to 2100, not ${brief(t)}`,
        )
      } else {
        const reading: Reading = {
          device,
          quantity,
          t: t ?? arrivalMs,
          v,
          q: t === undefined ? NO_TIME : Quality.NOT_EVALUATED,
        }
        decoded.readings.push(reading)
      }
    }
    return decoded
  },
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** JSON from bytes, or what is wrong with it in one line. */
export function parseJson(
  payload: Uint8Array,
): { ok: true; value: unknown } | { ok: false; message: string } {
  try {
    return { ok: true, value: JSON.parse(utf8.decode(payload)) }
  } catch (error) {
    return { ok: false, message: (error as Error).message }
  }
}

/** A value as a fault quotes it: short. */
export const brief = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 60)

// Faults are bounded like readings: a hostile message must not become ten thousand of them.
function fail({ faults }: Decoded, code: string, message: string): void {
  if (faults.length < MAX_FAULTS) faults.push({ code, message })
}

const refuse = (code: string, message: string): Decoded => ({ readings: [], faults: [{ code, message }] })
