import type { DeviceModel } from '../../model.ts'
import type { Codec } from '../codec.ts'
import { type Findings, hexOf, type Place } from '../findings.ts'
import { decodeFrames } from '../framed.ts'
import { formatBeijing } from '../local-time.ts'
import { readNumber, scaledBy } from '../numbers.ts'
import { cp24At, cp56At, type Element, readElement, type Tag } from './elements.ts'
import { answer, encode } from './encode.ts'
import { framing, HEAD_BYTES, kindOf, NAME, sequenceAt, U_FUNCTIONS } from './frame.ts'
import type { Points } from './points.ts'
import {
  ADDRESS_BYTES,
  causeWords,
  type DataType,
  objectSize,
  SEQUENCE,
  TEST,
  TIME_BYTES,
  TYPES,
} from './types.ts'

type PointsByAddress = ReadonlyMap<number, Points[number]>

/**
 * IEC 60870-5-104 as substations and feeder terminals send it over TCP. An object is a reading `ioa_ADDRESS` of the
 * device `station-COMMON ADDRESS`, or what the `points` of a device model say.
 */
export function createIec104(model?: Pick<DeviceModel, 'points'>): Codec {
  const points = model?.points && new Map(model.points.map(point => [point.address, point]))
  return {
    name: NAME,
    framing,
    decode: decodeFrames({
      name: NAME,
      framing,
      readFrame: (frame, findings) => readFrame(frame, findings, points),
    }),
    encode,
    answer,
  }
}

function readFrame(frame: Uint8Array, findings: Findings, points: PointsByAddress | undefined): void {
  const kind = kindOf(frame)
  if (findings.looking) showControl(frame, findings)
  if (kind === 'U')
    findings.fact({ device: '', name: 'function', value: U_FUNCTIONS.get(frame[2] ?? 0) ?? 'unknown' })
  else if (kind === 'S') findings.fact({ device: '', name: 'received', value: sequenceAt(frame, 4) })
  else readUnit(frame, findings, points)
}

function showControl(frame: Uint8Array, findings: Findings): void {
  findings.field('start', { offset: 0, lengthBytes: 1 }, 'start of frame')
  findings.field('length', { offset: 1, lengthBytes: 1 }, `${frame[1]} bytes follow`)
  const kind = kindOf(frame)
  if (kind === 'U')
    findings.field(
      'control',
      { offset: 2, lengthBytes: 4 },
      `U, ${U_FUNCTIONS.get(frame[2] ?? 0) ?? 'unknown'}`,
    )
  else {
    findings.field(
      'control',
      { offset: 2, lengthBytes: 2 },
      kind === 'I' ? `I, N(S) ${sequenceAt(frame, 2)}` : 'S, acknowledges',
    )
    findings.field('control', { offset: 4, lengthBytes: 2 }, `N(R) ${sequenceAt(frame, 4)}`)
  }
}

/** An I frame's data unit. */
function readUnit(frame: Uint8Array, findings: Findings, points: PointsByAddress | undefined): void {
  const [number = 0, qualifier = 0, cause = 0] = frame.subarray(HEAD_BYTES - 6, HEAD_BYTES - 3)
  const type = TYPES.get(number)
  const station = (frame[HEAD_BYTES - 2] ?? 0) | ((frame[HEAD_BYTES - 1] ?? 0) << 8)
  const device = `station-${station}`
  const name = type?.name ?? `type ${number}`
  findings.fact({ device, name: 'function', value: `${name} ${causeWords(cause)}` })
  findings.fact({ device, name: 'sent', value: sequenceAt(frame, 2) })
  if (findings.looking) {
    const at = HEAD_BYTES - 6
    const count = qualifier & 0x7f
    const objects = count === 1 ? '1 object' : `${count} objects`
    findings.field('type', { offset: at, lengthBytes: 1 }, name)
    findings.field(
      'count',
      { offset: at + 1, lengthBytes: 1 },
      qualifier & SEQUENCE ? `${objects} in sequence` : objects,
    )
    findings.field('cause', { offset: at + 2, lengthBytes: 1 }, causeWords(cause))
    findings.field('originator', { offset: at + 3, lengthBytes: 1 }, String(frame[at + 3]))
    findings.field('common address', { offset: at + 4, lengthBytes: 2 }, String(station))
  }
  if (type)
    new ObjectReader(frame, { type, device, isTest: (cause & TEST) !== 0, findings, points }).read(qualifier)
  else if (frame.length > HEAD_BYTES) {
    const place = { offset: HEAD_BYTES, lengthBytes: frame.length - HEAD_BYTES }
    findings.fact({ device, name: 'data', value: hexOf(frame, HEAD_BYTES) })
    findings.field('data', place, `of type ${number}, which is not read`)
  }
}

/** What all objects of a data unit share. */
interface DataUnit {
  type: DataType
  device: string
  isTest: boolean
  findings: Findings
  points: PointsByAddress | undefined
}

/** Reads the information objects of one data unit. */
class ObjectReader {
  readonly #frame: Uint8Array
  readonly #unit: DataUnit

  constructor(frame: Uint8Array, unit: DataUnit) {
    this.#frame = frame
    this.#unit = unit
  }

  read(qualifier: number): void {
    const size = objectSize(this.#unit.type)
    let at = HEAD_BYTES
    let address = 0
    for (let index = 0; index < (qualifier & 0x7f); index++) {
      if (index === 0 || !(qualifier & SEQUENCE)) {
        // A broken frame may end anywhere; its fields are shown as far as they go.
        if (at + ADDRESS_BYTES > this.#frame.length) return
        address = Buffer.from(this.#frame.subarray(at, at + ADDRESS_BYTES)).readUIntLE(0, ADDRESS_BYTES)
        this.#unit.findings.field(
          'object address',
          { offset: at, lengthBytes: ADDRESS_BYTES },
          String(address),
        )
        at += ADDRESS_BYTES
      } else address++
      if (at + size > this.#frame.length) return
      this.#readObject(address, at)
      at += size
    }
  }

  #readObject(address: number, at: number): void {
    const { type, findings } = this.#unit
    const element = readElement(this.#frame, at, type)
    const place = { offset: at, lengthBytes: type.sizeBytes }
    const tag = this.#tagAt(at + type.sizeBytes)
    if (findings.looking) {
      const words = [element.v === undefined ? (element.text ?? '') : String(element.v), ...element.remarks]
      if (type.sizeBytes > 0) findings.field(type.kind, place, words.join(', '))
    }
    if (type.name.startsWith('M_') && type.kind !== 'command') this.#tell(address, element, { tag, place })
    else if (element.text !== undefined)
      findings.fact({ device: this.#unit.device, name: `${type.kind}_${address}`, value: element.text })
    else if (tag?.t !== undefined && !Number.isNaN(tag.t))
      findings.fact({ device: this.#unit.device, name: 'clock', value: formatBeijing(tag.t) })
  }

  /** A value of the process. */
  #tell(address: number, element: Element, { tag, place }: { tag: Tag | undefined; place: Place }): void {
    const { device, isTest, findings, points } = this.#unit
    const point = points?.get(address)
    const channel = `ioa_${address}`
    const name = point?.quantity ?? point?.fact ?? channel
    const at = tag?.t === undefined ? {} : { t: tag.t }
    if (element.v === undefined || element.v === point?.missing)
      findings.fact({ device, name, value: element.text ?? 'missing', ...at })
    else if (isTest) findings.fact({ device, name, value: `test ${element.v}`, ...at })
    else
      findings.measured(
        {
          address: device,
          channel,
          // With points given, what stands in none of them is of no known meaning.
          quantity: points ? point?.quantity : channel,
          v: point ? scaledBy(element.v, point) : element.v,
          quality: element.quality,
          isFromArrival: tag?.isFromArrival ?? false,
          ...at,
        },
        place,
      )
  }

  #tagAt(at: number): Tag | undefined {
    const { type, findings } = this.#unit
    if (type.time === undefined) return
    const tag =
      type.time === 'CP56' ? cp56At(this.#frame, at) : cp24At(this.#frame, at, findings.context.arrivalMs)
    if (!findings.looking) return tag
    const place = { offset: at, lengthBytes: TIME_BYTES[type.time] }
    const millis = readNumber(this.#frame, at, 'u16', 'little') % 1000
    const words =
      tag.t === undefined
        ? 'invalid: the clock is not right'
        : Number.isNaN(tag.t)
          ? 'no time'
          : `${formatBeijing(tag.t)}, ${millis} ms`
    findings.field(
      'time',
      place,
      type.time === 'CP56' && (this.#frame[at + 3] ?? 0) & 0x80 ? `${words}, summer time` : words,
    )
    return tag
  }
}
