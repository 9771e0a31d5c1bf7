/** MQTT 3.1.1, section 2.2: packet types in the high four bits of the first byte. */
const PUBLISH = 3
const PUBACK = 4

/** Follows the connections of a gateway by what passed through its sockets: which messages it has acknowledged. */
export class Acknowledgements {
  /** Payloads that were acknowledged, in that order. */
  readonly payloads: string[] = []
  readonly #inward = new Map<string, Packets>()
  readonly #outward = new Map<string, Packets>()
  readonly #waiting = new Map<string, string>()

  received(socket: string, bytes: Buffer): void {
    for (const packet of packetsOf(this.#inward, socket).add(bytes)) {
      if (packet.type !== PUBLISH || packet.qos === 0) continue
      const payloadAt = 2 + packet.body.readUInt16BE(0)
      // On the uplink the gateway acknowledges what the cloud says.
      if (!packet.body.toString('utf8', 2, payloadAt).startsWith('sensors/')) continue
      const id = packet.body.readUInt16BE(payloadAt)
      this.#waiting.set(`${socket} ${id}`, packet.body.toString('utf8', payloadAt + 2))
    }
  }

  sent(socket: string, bytes: Buffer): void {
    for (const { type, body } of packetsOf(this.#outward, socket).add(bytes)) {
      if (type !== PUBACK) continue
      const key = `${socket} ${body.readUInt16BE(0)}`
      const payload = this.#waiting.get(key)
      if (payload !== undefined) this.payloads.push(payload)
      this.#waiting.delete(key)
    }
  }
}

interface Packet {
  type: number
  qos: number
  body: Buffer
}

function packetsOf(streams: Map<string, Packets>, socket: string): Packets {
  const packets = streams.get(socket) ?? new Packets()
  streams.set(socket, packets)
  return packets
}

/** Cuts a stream of bytes into the packets of MQTT. */
class Packets {
  #rest: Buffer = Buffer.alloc(0);

  *add(bytes: Buffer): Generator<Packet> {
    this.#rest = Buffer.concat([this.#rest, bytes])
    for (;;) {
      let length = 0
      let at = 1
      for (let shift = 0; ; shift += 7) {
        const byte = this.#rest[at++]
        if (byte === undefined) return
        length += (byte & 0x7f) << shift
        if (byte < 0x80) break
      }
      if (this.#rest.length < at + length) return
      const first = this.#rest[0] as number
      yield { type: first >> 4, qos: (first >> 1) & 3, body: this.#rest.subarray(at, at + length) }
      this.#rest = this.#rest.subarray(at + length)
    }
  }
}
