/**
 * A PUBLISH packet that is written once and then only has its digits replaced: a load generator that shares
 * two cores with what it measures must cost next to nothing. Times have 13 digits until the year 2286, values
 * are three digits before the point and two after.
 */
export class PublishTemplate {
  readonly #packet: Buffer
  readonly #packetIdAt: number
  readonly #timeAt: number[] = []
  readonly #valueAt: number[] = []

  constructor(topic: string, readings: number) {
    const parts: string[] = []
    let at = 0
    const add = (text: string): void => {
      parts.push(text)
      at += text.length
    }
    if (readings > 1) add('[')
    for (let i = 0; i < readings; i++) {
      add(`${i > 0 ? ',' : ''}{"t":`)
      this.#timeAt.push(at)
      add(`${'0'.repeat(13)},"v":`)
      this.#valueAt.push(at)
      add('000.00}')
    }
    if (readings > 1) add(']')
    const payload = Buffer.from(parts.join(''))
    const head = publishHead(topic, payload.length)
    this.#packet = Buffer.concat([head, payload])
    this.#packetIdAt = head.length - 2
    for (const places of [this.#timeAt, this.#valueAt])
      for (let i = 0; i < places.length; i++) places[i] = (places[i] as number) + head.length
  }

  get bytes(): number {
    return this.#packet.length
  }

  /**
   * The packet with its digits, as a copy that may be written to a socket.
   *
   * @param firstMs - time of the first reading; each next is 1 ms later
   * @param value - the value of the i-th reading in hundredths, 10000 to 99999
   */
  fill(packetId: number, firstMs: number, value: (index: number) => number): Buffer {
    const packet = this.#packet
    packet[this.#packetIdAt] = packetId >> 8
    packet[this.#packetIdAt + 1] = packetId & 0xff
    for (let i = 0; i < this.#timeAt.length; i++) {
      writeDigits(packet, this.#timeAt[i] as number, 13, firstMs + i)
      const at = this.#valueAt[i] as number
      const hundredths = value(i)
      writeDigits(packet, at, 3, (hundredths / 100) | 0)
      writeDigits(packet, at + 4, 2, hundredths % 100)
    }
    return Buffer.from(packet)
  }
}

function writeDigits(packet: Buffer, at: number, count: number, number: number): void {
  let rest = number
  // Only the lowest nine digits fit into a small integer, which divides much faster.
  let place = at + count - 1
  if (count > 9) {
    let low = rest % 1e9
    rest = Math.floor(rest / 1e9)
    for (let i = 0; i < 9; i++) {
      const tenth = (low / 10) | 0
      packet[place--] = 48 + low - tenth * 10
      low = tenth
    }
  }
  while (place >= at) {
    const tenth = (rest / 10) | 0
    packet[place--] = 48 + rest - tenth * 10
    rest = tenth
  }
}

/** Fixed and variable header of a QoS 1 PUBLISH (MQTT 3.1.1, section 3.3), packet id 0 at its end. */
function publishHead(topic: string, payloadBytes: number): Buffer {
  const name = Buffer.from(topic)
  const length = 2 + name.length + 2 + payloadBytes
  const head = [0x32]
  for (let rest = length; ; ) {
    const byte = rest % 128
    rest = Math.floor(rest / 128)
    head.push(rest > 0 ? byte | 0x80 : byte)
    if (rest === 0) break
  }
  return Buffer.concat([Buffer.from([...head, name.length >> 8, name.length & 0xff]), name, Buffer.alloc(2)])
}
