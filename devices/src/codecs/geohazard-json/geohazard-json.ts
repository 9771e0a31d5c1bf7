import { isName, isPlausibleTime, Mark, Quality } from '../../reading.ts'
import { timeOf } from '../calendar-time.ts'
import {
  type Codec,
  type CodecContext,
  type Decoded,
  MAX_FAULTS_PER_MESSAGE,
  MAX_READINGS_PER_MESSAGE,
} from '../codec.ts'
import { brief, parseJson } from '../json-text.ts'

/** The topic of the geohazard platform. */
export const GEOHAZARD_TOPIC = '$dp'

// Sensor codes of the platform, without their running number.
const QUANTITIES = new Map([
  ['L1_LF', 'displacement'],
  ['L1_GP', 'gnss'],
  ['L1_SW', 'deep_displacement'],
  ['L1_JS', 'acceleration'],
  ['L1_QJ', 'tilt'],
  ['L1_ZD', 'vibration'],
  ['L3_YL', 'rain'],
  ['L3_HS', 'soil_moisture'],
  ['L3_TW', 'soil_temperature'],
  ['L4_NW', 'mud_level'],
  ['S1_ZT', 'status'],
])

/** The quantity for a sensor code and, where the value has several parts, one of them. */
function quantityOf(sensor: string, part?: string): string {
  const [, code, number] = /^(.+?)(?:_(\d+))?$/.exec(sensor) as unknown as [
    string,
    string,
    string | undefined,
  ]
  const known = QUANTITIES.get(code)
  const base =
    known === undefined ? sensor : number === undefined || number === '1' ? known : `${known}_${number}`
  if (part === undefined || part === 'value') return base
  if (part === 'totalValue') return `${base}_total`
  if (part === part.toUpperCase()) return `${base}_${part.toLowerCase()}`
  return `${base}_${part.replace(/[A-Z]/g, (letter, at) => (at > 0 ? '_' : '') + letter.toLowerCase())}`
}

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * JSON of China's geohazard monitoring platform (DZ/T): `{"<device>": {"<sensor>": {"<ISO time>": value}}}`,
 * and the timeless form `{"deviceId": ..., "data": {"<device>": {"<sensor>": value}}}`. A value is a number,
 * a number as text, or an object of numbers. Known sensor codes get Picket's names: `L1_LF_1` is
 * `displacement`, `L1_LF_2` is `displacement_2`, `L1_QJ_1` with a part `angle` is `tilt_angle`.
 */
export const geohazardJson: Codec = {
  name: 'geohazard-json',
  decode(payload: Uint8Array, { arrivalMs }: CodecContext): Decoded {
    const decoded: Decoded = { readings: [], facts: [], faults: [] }
    const parsed = parseJson(payload)
    if (!parsed.ok) {
      decoded.faults.push({ code: 'geohazard-json-syntax', ...parsed.fault })
      return decoded
    }
    if (!isObject(parsed.value))
      return fail(decoded, 'shape', `expected an object of devices, not ${brief(parsed.value)}`)
    const devices =
      'deviceId' in parsed.value && isObject(parsed.value.data) ? parsed.value.data : parsed.value
    for (const [device, sensors] of Object.entries(devices)) {
      if (!isName(device) || !isObject(sensors))
        fail(decoded, 'device', `device ${brief(device)} is not an object of sensors`)
      else
        for (const [sensor, values] of Object.entries(sensors))
          readSensor(decoded, { device, sensor, values, arrivalMs })
    }
    if (decoded.readings.length + decoded.faults.length === 0)
      return fail(decoded, 'empty', 'there is no value of any sensor')
    return decoded
  },
}

function readSensor(
  decoded: Decoded,
  {
    device,
    sensor,
    values,
    arrivalMs,
  }: { device: string; sensor: string; values: unknown; arrivalMs: number },
): void {
  if (!isName(sensor)) {
    fail(decoded, 'sensor', `sensor ${brief(sensor)} of ${device} has a name that is not allowed`)
  } else if (isObject(values) && Object.keys(values).every(key => /^\d{4}-/.test(key))) {
    for (const [time, value] of Object.entries(values)) {
      const t = timeOf(time, { as: 'text', zone: '+00:00' })
      if (isPlausibleTime(t)) readValue(decoded, { device, sensor, t, q: Quality.NOT_EVALUATED }, value)
      else fail(decoded, 'time', `${device} ${sensor}: ${brief(time)} is no plausible time`)
    }
  } else {
    readValue(decoded, { device, sensor, t: arrivalMs, q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME }, values)
  }
}

interface SensorValue {
  device: string
  sensor: string
  t: number
  q: number
}

function readValue(decoded: Decoded, sensor: SensorValue, value: unknown): void {
  if (!isObject(value)) readNumber(decoded, sensor, quantityOf(sensor.sensor), value)
  else
    for (const [part, inner] of Object.entries(value))
      readNumber(decoded, sensor, quantityOf(sensor.sensor, part), inner)
}

function readNumber(decoded: Decoded, { device, t, q }: SensorValue, quantity: string, value: unknown): void {
  const v = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof v !== 'number' || !Number.isFinite(v)) {
    fail(decoded, 'value', `${device} ${quantity}: ${brief(value)} is no finite number`)
  } else if (!isName(quantity)) {
    fail(decoded, 'sensor', `quantity ${brief(quantity)} of ${device} has a name that is not allowed`)
  } else if (decoded.readings.length >= MAX_READINGS_PER_MESSAGE) {
    fail(decoded, 'length', `more than ${MAX_READINGS_PER_MESSAGE} readings in one message`)
  } else decoded.readings.push({ device, quantity, t, v, q })
}

function fail(decoded: Decoded, what: string, message: string): Decoded {
  if (decoded.faults.length < MAX_FAULTS_PER_MESSAGE)
    decoded.faults.push({ code: `geohazard-json-${what}`, message, offset: 0, lengthBytes: 0 })
  return decoded
}
