// The suite that every codec passes; its test file calls `codecContract` with frames of its own.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isName, isPlausibleTime } from '../reading.ts'
import {
  type Codec,
  type CodecContext,
  type Decoded,
  type Field,
  MAX_FACTS_PER_MESSAGE,
  MAX_FAULTS_PER_MESSAGE,
  MAX_READINGS_PER_MESSAGE,
} from './codec.ts'
import { Deframer, type Piece } from './framing.ts'

/** What the suite needs of a codec. */
export interface CodecContract {
  /** A new codec, as for a source of its own. */
  create(): Codec
  context?: Partial<CodecContext>
  /** Good messages of different kinds: each is read without a fault and says something. */
  messages: readonly Uint8Array[]
  /**
   * For each message the lengths at which it is whole too where it is cut off there, as with records that follow
   * each other without an end.
   */
  wholeAt?: readonly (readonly number[])[]
  /** True where a check sum covers a frame: then no single wrong bit may change a reading. */
  isChecked: boolean
  /**
   * How many frames a cut-off one may take with it, where nothing but a length tells its end; none without it.
   */
  lostAfterCut?: number
  /** Messages that its `encode` takes, and what decoding the frame must give back. */
  encoded?: { messages: fc.Arbitrary<unknown>; expectBack(message: never, decoded: Decoded): void }
  /** Further bytes that come close to good ones. */
  nearMisses?: fc.Arbitrary<Uint8Array>
}

const RUNS = process.env.PICKET_SOAK ? 100_000 : 2000
const TIMEOUT_MS = process.env.PICKET_SOAK ? 3_600_000 : 60_000
const ARRIVAL = Date.UTC(2026, 10, 24)

/** JSON, CBOR, protobuf and TLV within themselves, deeper than a stack: with their ends and without. */
const DEEP = [
  ['[', ']'],
  ['{"v":', '}'],
  ['{"d":{"L1_LF_1":', '}}'],
  ['\x81', ''],
  ['\x9f', '\xff'],
  ['\x12\xff\xff\x03', ''],
  ['\x18\x00\x40\x00\x00', ''],
].map(([open = '', close = '']) => Buffer.from(open.repeat(20_000) + close.repeat(20_000), 'latin1'))

/** Declares the suite inside the `describe` of the codec's test. */
export function codecContract(contract: CodecContract): void {
  const { create, messages, isChecked } = contract
  const context: CodecContext = { topic: 'contract', arrivalMs: ARRIVAL, ...contract.context }
  const decode = (bytes: Uint8Array, fields?: Field[]): Decoded => create().decode(bytes, context, fields)
  const mutated = fc.constantFrom(...messages).chain(mutations)
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    mutated,
    fc.array(mutated, { maxLength: 4 }).map(parts => Buffer.concat(parts)),
    ...(contract.nearMisses ? [contract.nearMisses] : []),
  )
  const property = (name: string, check: () => void): void => it(name, check, TIMEOUT_MS)

  describe('keeps the contract of codecs:', () => {
    it('reads its good messages, and leaves the bytes alone', () => {
      for (const message of messages) {
        const copy = Uint8Array.from(message)
        const { readings, facts, faults } = decode(message, [])
        expect(faults).toEqual([])
        expect(readings.length + facts.length).toBeGreaterThan(0)
        expect(Uint8Array.from(message)).toEqual(copy)
      }
    })

    it('reads a message again as it read it first', () => {
      const codec = create()
      for (const message of [...messages, ...messages])
        expect(codec.decode(message, context)).toEqual(decode(message))
    })

    it('names a fault where a message is cut off', () => {
      for (const [index, message] of messages.entries())
        for (let length = 1; length < message.length; length++) {
          if (contract.wholeAt?.[index]?.includes(length)) {
            expect(decode(message.subarray(0, length)).faults).toEqual([])
            continue
          }
          const part = message.subarray(0, length)
          const { readings, faults } = decode(part)
          if (isChecked) expect(readings).toEqual([])
          if (part.every(byte => create().framing?.isFiller?.(byte))) continue
          // What is only missing its line end may be whole.
          if (length < message.length - 2) expect(faults.length).toBeGreaterThan(0)
        }
    })

    property(`survives any bytes, within its bounds (${RUNS} cases)`, () => {
      fc.assert(
        fc.property(garbage, fc.boolean(), (bytes, looks) => {
          const fields: Field[] | undefined = looks ? [] : undefined
          const decoded = decode(bytes, fields)
          expectSound(create(), decoded, bytes)
          if (!create().framing && bytes.length > 0) expect(whatItSays(decoded)).toBeGreaterThan(0)
          for (const { offset, lengthBytes, raw } of fields ?? []) {
            expect(offset + lengthBytes).toBeLessThanOrEqual(bytes.length)
            expect(raw).toHaveLength(2 * lengthBytes)
          }
        }),
        { numRuns: RUNS },
      )
    })

    it('survives what is nested deeply', () => {
      for (const deep of DEEP) expectSound(create(), decode(deep), deep)
    })

    it.runIf(isChecked)('takes no reading from a frame with a wrong bit', () => {
      for (const message of messages) {
        const good = new Set(decode(message).readings.map(reading => JSON.stringify(reading)))
        for (let bit = 0; bit < 8 * message.length; bit++) {
          const wrong = Uint8Array.from(message)
          wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7))
          for (const reading of decode(wrong).readings) expect(good).toContain(JSON.stringify(reading))
        }
      }
    })
    if (contract.encoded) encoderContract(contract.encoded, create, context, property)
    if (create().framing) streamContract(contract, context, property)
  })
}

const whatItSays = ({ readings, facts, faults }: Decoded): number =>
  readings.length + facts.length + faults.length

function expectSound(codec: Codec, { readings, facts, faults }: Decoded, bytes: Uint8Array): void {
  expect(readings.length).toBeLessThanOrEqual(MAX_READINGS_PER_MESSAGE)
  expect(facts.length).toBeLessThanOrEqual(MAX_FACTS_PER_MESSAGE)
  expect(faults.length).toBeLessThanOrEqual(MAX_FAULTS_PER_MESSAGE)
  for (const { device, quantity, t, v } of readings) {
    if (!isName(device) || !isName(quantity) || !isPlausibleTime(t) || !Number.isFinite(v))
      expect.fail(`no reading: ${JSON.stringify({ device, quantity, t, v })}`)
  }
  for (const { code, offset, lengthBytes } of faults) {
    if (!code.startsWith(`${codec.name}-`)) expect.fail(`a fault of another: ${code}`)
    if (!(offset >= 0 && lengthBytes >= 0 && offset + lengthBytes <= bytes.length))
      expect.fail(`${code} lies outside the message: ${offset}+${lengthBytes} of ${bytes.length}`)
  }
  for (const { value } of facts) {
    if (typeof value === 'string' && value.length > 4 * bytes.length + 100)
      expect.fail(`a fact much longer than its message: ${value}`)
  }
}

function encoderContract(
  { messages, expectBack }: NonNullable<CodecContract['encoded']>,
  create: () => Codec,
  context: CodecContext,
  property: (name: string, check: () => void) => void,
): void {
  property(`reads back what it encodes (${RUNS} cases)`, () => {
    fc.assert(
      fc.property(messages, message => {
        const encoded = create().encode?.(message)
        if (!encoded?.ok) expect.fail(JSON.stringify(encoded?.faults))
        expectBack(message as never, create().decode(encoded.bytes, context))
      }),
      { numRuns: RUNS },
    )
  })

  property('encodes nothing from what is no message, and says why', () => {
    fc.assert(
      fc.property(fc.anything(), message => {
        const encoded = create().encode?.(message)
        if (!encoded?.ok) expect(encoded?.faults.length).toBeGreaterThan(0)
      }),
      { numRuns: Math.min(RUNS, 2000) },
    )
  })
}

function streamContract(
  { create, messages, lostAfterCut = 0 }: CodecContract,
  context: CodecContext,
  property: (name: string, check: () => void) => void,
): void {
  const codec = create()
  const framing = codec.framing as NonNullable<Codec['framing']>
  const stream = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...messages) },
      fc.constantFrom(...messages).chain(mutations),
      fc.uint8Array({ maxLength: 20 }),
    ),
    { maxLength: 8 },
  )

  it('finds every frame among others', () => {
    const all = Buffer.concat([...messages, ...messages])
    const readings = [...messages, ...messages].flatMap(message => create().decode(message, context).readings)
    expect(create().decode(all, context)).toMatchObject({ readings, faults: [] })
  })

  property(`cuts a stream alike, however it is chunked, and loses no byte (${RUNS} cases)`, () => {
    fc.assert(
      fc.property(stream, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (parts, sizes) => {
        const bytes = Buffer.concat(parts)
        const whole = cut(codec, [bytes])
        const chunked = cut(codec, chunksOf(bytes, sizes))
        expect(chunked.frames).toEqual(whole.frames)
        expect(whole.all).toEqual(bytes.toString('hex'))
        expect(chunked.all).toEqual(whole.all)
      }),
      { numRuns: RUNS },
    )
  })

  it('finds a frame that follows a cut-off one', () => {
    for (const first of messages)
      for (const second of messages) {
        const kept = Math.floor(first.length * 0.7)
        const following = Array<Uint8Array>(lostAfterCut + 1).fill(second)
        const { frames } = cut(codec, [Buffer.concat([first.subarray(0, kept), ...following])])
        expect(frames.at(-1)).toBe(cut(codec, [second]).frames.at(-1))
      }
  })

  it('keeps streams apart that are read in turns', () => {
    const streams = messages.map(message => ({ message, deframer: new Deframer(codec.name, framing) }))
    const frames = streams.map(() => [] as string[])
    const longest = Math.max(...messages.map(message => message.length))
    for (let at = 0; at < longest; at += 7)
      for (const [index, { message, deframer }] of streams.entries())
        deframer.push(message.subarray(at, at + 7), ({ kind, bytes }) => {
          if (kind === 'frame') frames[index]?.push(Buffer.from(bytes).toString('hex'))
        })
    for (const [index, { message }] of streams.entries())
      expect(frames[index]).toEqual(cut(codec, [message]).frames)
  })

  it('waits with one frame at most', () => {
    const deframer = new Deframer(codec.name, framing)
    for (const message of messages)
      for (let round = 0; round < 50; round++) {
        deframer.push(message.subarray(0, message.length - 3), () => {})
        expect(deframer.waitingBytes).toBeLessThanOrEqual(framing.maxFrameBytes)
      }
  })
}

/** The frames of a stream, and all of its pieces joined, in hex. */
function cut(codec: Codec, chunks: readonly Uint8Array[]): { frames: string[]; all: string } {
  const deframer = new Deframer(codec.name, codec.framing as NonNullable<Codec['framing']>)
  const frames: string[] = []
  let all = ''
  const visit = ({ kind, bytes, fault }: Piece): void => {
    const hex = Buffer.from(bytes).toString('hex')
    all += hex
    if (kind === 'frame') frames.push(hex)
    if ((kind === 'skipped') !== (fault !== undefined)) expect.fail('skipped bytes have a fault, others none')
  }
  for (const chunk of chunks) deframer.push(chunk, visit)
  deframer.flush(visit)
  return { frames, all }
}

function chunksOf(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] as number
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}

/** A message with some bytes changed, put in, taken out or doubled. */
function mutations(message: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    kind: fc.constantFrom('set', 'insert', 'remove', 'repeat'),
    at: fc.nat({ max: Math.max(0, message.length - 1) }),
    byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x00, 0xff, 0x7f, 0x80, 0x16, 0x68, 0x7e)),
    length: fc.integer({ min: 1, max: 12 }),
  })
  return fc.array(change, { minLength: 1, maxLength: 4 }).map(changes => {
    const bytes = [...message]
    for (const { kind, at, byte, length } of changes) {
      if (kind === 'set') bytes[at] = byte
      else if (kind === 'insert') bytes.splice(at, 0, byte)
      else if (kind === 'remove') bytes.splice(at, length)
      else bytes.splice(at, 0, ...bytes.slice(at, at + length))
    }
    return Uint8Array.from(bytes, value => value ?? 0)
  })
}
