/**
 * Follows the framing of an MQTT 3.1.1 stream (section 2.2: one byte, then the remaining length) and tells
 * when a packet announces more than it may hold, before anyone collects its bytes.
 */
export class PacketLimit {
  readonly #maxBytes: number
  // The first packet comes from somebody whom nobody has authenticated.
  #allowedBytes: number
  // Bytes of the current packet's body still to come; -1 while in its fixed header.
  #remaining = -1
  #headerBytes = 0
  #length = 0

  /** @param firstMaxBytes - the same for the first packet, which is to be a CONNECT */
  constructor(maxBytes: number, firstMaxBytes = maxBytes) {
    this.#maxBytes = maxBytes
    this.#allowedBytes = Math.min(firstMaxBytes, maxBytes)
  }

  /** What the packet at hand may hold. */
  get allowedBytes(): number {
    return this.#allowedBytes
  }

  /** True while a packet has begun and not ended. */
  get withinPacket(): boolean {
    return this.#headerBytes > 0 || this.#remaining >= 0
  }

  /** False once a packet is too long or its length is malformed: close the connection. */
  accept(chunk: Uint8Array): boolean {
    let at = 0
    while (at < chunk.length) {
      if (this.#remaining >= 0) {
        const step = Math.min(this.#remaining, chunk.length - at)
        this.#remaining -= step
        at += step
        if (this.#remaining === 0) this.#remaining = -1
        continue
      }
      const byte = chunk[at++] as number
      if (this.#headerBytes++ === 0) continue
      this.#length += (byte & 0x7f) * 128 ** (this.#headerBytes - 2)
      if (this.#length > this.#allowedBytes || this.#headerBytes > 5) return false
      if (byte < 0x80) {
        this.#remaining = this.#length === 0 ? -1 : this.#length
        this.#headerBytes = 0
        this.#length = 0
        this.#allowedBytes = this.#maxBytes
      }
    }
    return true
  }
}
