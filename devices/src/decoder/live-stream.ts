import type { Codec, CodecContext } from '../codecs/codec.ts'
import { Deframer, type Piece } from '../codecs/framing.ts'
import { guess, type Inspected, inspect } from './guess.ts'

/** Most bytes that wait for the end of a message whose codec cuts no streams. */
export const MAX_WAITING_BYTES = 64 * 1024

/** What was read of a stream, with the bytes. */
export interface Heard {
  bytes: Uint8Array
  read: Inspected
}

/**
 * The messages of one connection. A codec that cuts streams does so; with any other, and while it is guessed which one
 * it is, a message ends with a silence. The first message that is understood without a fault decides a guess.
 */
export class LiveStream {
  readonly #codecs: readonly Codec[]
  readonly #contextNow: () => CodecContext
  readonly #show: (heard: Heard) => void
  #framed: { codec: Codec; deframer: Deframer } | undefined
  #waiting: Uint8Array = new Uint8Array(0)

  constructor(codecs: readonly Codec[], contextNow: () => CodecContext, show: (heard: Heard) => void) {
    this.#codecs = codecs
    this.#contextNow = contextNow
    this.#show = show
    const [only, another] = codecs
    if (only && !another) this.#decideFor(only)
  }

  push(chunk: Uint8Array): void {
    if (this.#framed) {
      const { codec, deframer } = this.#framed
      deframer.push(chunk, piece => this.#tell(codec, piece))
      return
    }
    for (let at = 0; at < chunk.length; at += MAX_WAITING_BYTES) {
      const part = chunk.subarray(at, at + MAX_WAITING_BYTES)
      if (this.#waiting.length + part.length > MAX_WAITING_BYTES) this.silence()
      this.#waiting = Buffer.concat([this.#waiting, part])
    }
  }

  /** Nothing came for a while, or nothing will: what waits is a message. */
  silence(): void {
    if (this.#framed) {
      const { codec, deframer } = this.#framed
      deframer.flush(piece => this.#tell(codec, piece))
      return
    }
    const bytes = this.#waiting
    if (bytes.length === 0) return
    this.#waiting = new Uint8Array(0)
    const read = guess(this.#codecs, bytes, this.#contextNow())
    if (read.decoded.faults.length === 0) this.#decideFor(read.codec)
    this.#show({ bytes, read })
  }

  #decideFor(codec: Codec): void {
    if (codec.framing) this.#framed = { codec, deframer: new Deframer(codec.name, codec.framing) }
  }

  #tell(codec: Codec, { kind, bytes }: Piece): void {
    if (kind !== 'filler') this.#show({ bytes, read: inspect(codec, bytes, this.#contextNow()) })
  }
}
