import { isName, isPlausibleTime, Mark, Quality, type Reading } from '../../reading.ts'
import {
  type Codec,
  type CodecContext,
  type CodecFault,
  type Decoded,
  MAX_FAULTS_PER_MESSAGE,
  MAX_READINGS_PER_MESSAGE,
} from '../codec.ts'
import { brief, parseJson } from '../json-text.ts'

const PREFIX = 'sensors/'
const NO_TIME = Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME

/**
 * Picket's own sensor message: topic `sensors/{device}/{quantity}`, payload `{"t": <ms UTC>, "v": <number>}`
 * or an array of such. Without `t` the arrival time counts.
 */
export const plainJson: Codec = {
  name: 'plain-json',
  decode(payload: Uint8Array, { topic, arrivalMs }: CodecContext): Decoded {
    const whole = { offset: 0, lengthBytes: payload.length }
    const slash = topic.indexOf('/', PREFIX.length)
    const device = topic.slice(PREFIX.length, slash)
    const quantity = topic.slice(slash + 1)
    if (!topic.startsWith(PREFIX) || slash < 0 || !isName(device) || !isName(quantity)) {
      return refuse({
        code: 'plain-json-topic',
        message: `"${topic}" is not sensors/{device}/{quantity}`,
        ...whole,
      })
    }
    const parsed = parseJson(payload)
    if (!parsed.ok) return refuse({ code: 'plain-json-syntax', ...parsed.fault })
    const items: unknown[] = Array.isArray(parsed.value) ? parsed.value : [parsed.value]
    if (items.length > MAX_READINGS_PER_MESSAGE) {
      return refuse({
        code: 'plain-json-length',
        message: `${items.length} readings in one message; ${MAX_READINGS_PER_MESSAGE} are allowed`,
        ...whole,
      })
    }
    if (items.length === 0)
      return refuse({ code: 'plain-json-empty', message: 'there is no reading in the list', ...whole })
    const decoded: Decoded = { readings: [], facts: [], faults: [] }
    for (const item of items) {
      const { t, v } = (item ?? {}) as { t?: unknown; v?: unknown }
      if (typeof v !== 'number' || !Number.isFinite(v)) {
        fail(decoded, {
          code: 'plain-json-value',
          message: `"v" must be a finite number, not ${brief(v)}`,
          ...whole,
        })
      } else if (t !== undefined && !isPlausibleTime(t)) {
        fail(decoded, {
          code: 'plain-json-time',
          message: `"t" must be whole milliseconds since 1970 UTC, 1990 to 2100, not ${brief(t)}`,
          ...whole,
        })
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

function fail({ faults }: Decoded, fault: CodecFault): void {
  if (faults.length < MAX_FAULTS_PER_MESSAGE) faults.push(fault)
}

const refuse = (fault: CodecFault): Decoded => ({ readings: [], facts: [], faults: [fault] })
