/** Transaction, protocol and length, two bytes each: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, section 3.1.3. */
const HEADER_BYTES = 6
/** A unit, a function and one byte more; at most what leaves 260 with the header: Application Protocol V1.1b3, section 4.1. */
const LEAST_LENGTH = 3
const MOST_LENGTH = 254

/**
 * Follows the headers in a stream of Modbus TCP. Nothing else tells where a frame begins: after one wrong length all that
 * comes is taken for something else.
 */
export class Headers {
  readonly #header: number[] = []
  /** Bytes until the next header. */
  #left = 0

  /** @returns false where the stream is no Modbus TCP, or out of step: it is not to be followed further */
  follow(data: Uint8Array): boolean {
    for (let at = 0; at < data.length; ) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, data.length - at)
        this.#left -= taken
        at += taken
        continue
      }
      this.#header.push(data[at++] as number)
      if (this.#header.length < HEADER_BYTES) continue
      const [, , high = 0, low = 0, longs = 0, length = 0] = this.#header.splice(0)
      if (high + low + longs > 0 || length < LEAST_LENGTH || length > MOST_LENGTH) return false
      this.#left = length
    }
    return true
  }
}
