import type { CodecFault } from './codec.ts'

/** How frames stand in a stream of bytes. */
export interface Framing {
  /** Longest frame in bytes: what claims to be longer is none. */
  maxFrameBytes: number
  /**
   * The first offset at or after `from` where a frame may begin, `bytes.length` where there is none. A marker
   * that is cut off by the end of the bytes counts.
   */
  nextStart(bytes: Uint8Array, from: number): number
  /**
   * What stands at such an offset: the length of a whole and sound frame, 0 where it goes on beyond the
   * bytes that there are, or why it is no frame. The check sum belongs to this.
   */
  frameAt(bytes: Uint8Array, at: number): number | CodecFault
  /** True for a byte that may stand between frames and means nothing. */
  isFiller?(byte: number): boolean
}

/** A part of a stream: a frame, filler between frames, or bytes that are no frame and why not. */
export interface Piece {
  kind: 'frame' | 'filler' | 'skipped'
  /** A view on the input, valid until more bytes are pushed. */
  bytes: Uint8Array
  /** Offset of its first byte in what was split. */
  offset: number
  /** Why the bytes were skipped. */
  fault?: CodecFault
}

/**
 * Cuts bytes into frames. After a frame that is broken it goes on at the next start, also inside the broken
 * one: a frame that follows a cut-off one is found. Every byte comes out once, in order.
 *
 * @param ended - true where nothing follows: what is unfinished is then a fault
 * @returns how many bytes were dealt with; the rest waits for more
 */
export function split(
  bytes: Uint8Array,
  framing: Framing,
  { codec, ended }: { codec: string; ended: boolean },
  visit: (piece: Piece) => void,
): number {
  const run = new SkippedRun(bytes, framing, codec, visit)
  let at = framing.nextStart(bytes, 0)
  while (at < bytes.length) {
    const found = framing.frameAt(bytes, at)
    if (found === 0 && !ended) break
    if (typeof found === 'number' && found > 0) {
      run.endAt(at)
      visit({ kind: 'frame', bytes: bytes.subarray(at, at + found), offset: at })
      at = run.beginAt(at + found)
    } else {
      run.blame(at, found === 0 ? cutOff(bytes, at, codec) : (found as CodecFault))
      at++
    }
    at = framing.nextStart(bytes, at)
  }
  run.endAt(at)
  return at
}

/** The bytes since the last frame, and the first thing that was wrong with them. */
class SkippedRun {
  readonly #bytes: Uint8Array
  readonly #framing: Framing
  readonly #codec: string
  readonly #visit: (piece: Piece) => void
  #begin = 0
  #fault: CodecFault | undefined
  #blamedUntil = 0

  constructor(bytes: Uint8Array, framing: Framing, codec: string, visit: (piece: Piece) => void) {
    this.#bytes = bytes
    this.#framing = framing
    this.#codec = codec
    this.#visit = visit
  }

  beginAt(offset: number): number {
    this.#begin = offset
    return offset
  }

  // A start inside a broken frame that leads nowhere is part of that frame, not a fault of its own.
  blame(at: number, fault: CodecFault): void {
    if (at < this.#blamedUntil) return
    this.endAt(at)
    this.#fault = fault
    this.#blamedUntil = fault.offset + fault.lengthBytes
  }

  endAt(end: number): void {
    if (this.#fault === undefined) this.#tellFiller(end)
    if (end > this.#begin) {
      const bytes = this.#bytes.subarray(this.#begin, end)
      const fault = this.#fault ?? stray(this.#codec, this.#begin, bytes)
      this.#visit({ kind: 'skipped', bytes, offset: this.#begin, fault })
    }
    this.#begin = end
    this.#fault = undefined
    this.#blamedUntil = 0
  }

  #tellFiller(end: number): void {
    let until = this.#begin
    while (until < end && this.#framing.isFiller?.(this.#bytes[until] as number)) until++
    if (until === this.#begin) return
    this.#visit({ kind: 'filler', bytes: this.#bytes.subarray(this.#begin, until), offset: this.#begin })
    this.#begin = until
  }
}

const stray = (codec: string, offset: number, bytes: Uint8Array): CodecFault => ({
  code: `${codec}-stray`,
  message: `${bytes.length} ${bytes.length === 1 ? 'byte belongs' : 'bytes belong'} to no frame`,
  offset,
  lengthBytes: bytes.length,
})

const cutOff = (bytes: Uint8Array, at: number, codec: string): CodecFault => ({
  code: `${codec}-cut-off`,
  message: `the frame that begins here is not complete after ${bytes.length - at} bytes`,
  offset: at,
  lengthBytes: bytes.length - at,
})

/**
 * Cuts a stream that comes in chunks of any size. Keeps at most one unfinished frame: memory stays below
 * `maxFrameBytes` and one chunk.
 */
export class Deframer {
  readonly #framing: Framing
  readonly #codec: string
  #rest: Uint8Array = new Uint8Array(0)

  constructor(codec: string, framing: Framing) {
    this.#codec = codec
    this.#framing = framing
  }

  /** Bytes of an unfinished frame that wait for more. */
  get waitingBytes(): number {
    return this.#rest.length
  }

  /** Takes the next bytes; pieces are valid during `visit` only. */
  push(chunk: Uint8Array, visit: (piece: Piece) => void): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const done = split(bytes, this.#framing, { codec: this.#codec, ended: false }, visit)
    this.#rest = Uint8Array.prototype.slice.call(bytes, done)
  }

  /** Gives up waiting: after a silence in which any frame would have ended, or when the stream has ended. */
  flush(visit: (piece: Piece) => void): void {
    split(this.#rest, this.#framing, { codec: this.#codec, ended: true }, visit)
    this.#rest = new Uint8Array(0)
  }
}
