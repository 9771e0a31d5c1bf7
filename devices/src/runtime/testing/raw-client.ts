import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** An MQTT 3.1.1 packet: type and flags, remaining length (section 2.2.3), body. */
export function packet(typeAndFlags: number, body: Buffer): Buffer {
  const length: number[] = []
  let rest = body.length
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    rest >>>= 7
  } while (rest > 0)
  return Buffer.concat([Buffer.of(typeAndFlags, ...length), body])
}

const word = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff)
const text = (value: string | Buffer): Buffer =>
  Buffer.concat([word(Buffer.byteLength(value)), Buffer.from(value)])

/** PUBLISH with QoS 1 (section 3.3). */
export const publishPacket = (topic: string, id: number, payload: Buffer): Buffer =>
  packet(0x32, Buffer.concat([text(topic), word(id), payload]))

export interface ConnectOptions {
  clientId?: string
  username?: string
  password?: string
  will?: { topic: string; payload: string }
}

/** An MQTT client that does just what a test says, byte by byte. */
export class RawClient {
  readonly socket: Socket
  readonly closed: Promise<unknown>
  #received = Buffer.alloc(0)
  #heard = (): void => {}

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.closed = new Promise(resolve => this.socket.once('close', resolve))
    this.socket.on('error', () => {})
    this.socket.on('data', data => {
      this.#received = Buffer.concat([this.#received, data])
      this.#heard()
    })
  }

  /** CONNECT with a clean session (section 3.1); returns the code of the CONNACK. */
  async connect({ clientId = 'raw', username, password, will }: ConnectOptions = {}): Promise<number> {
    await once(this.socket, 'connect')
    const flags = 0x02 | (username ? 0x80 : 0) | (password ? 0x40 : 0) | (will ? 0x04 : 0)
    const parts = [text('MQTT'), Buffer.of(4, flags), word(60), text(clientId)]
    if (will) parts.push(text(will.topic), text(will.payload))
    if (username) parts.push(text(username))
    if (password) parts.push(text(password))
    this.socket.write(packet(0x10, Buffer.concat(parts)))
    return (await this.read(4))[3] as number
  }

  /** SUBSCRIBE with QoS 1 (section 3.8); returns the code of the SUBACK. */
  async subscribe(filter: string): Promise<number> {
    this.socket.write(packet(0x82, Buffer.concat([word(1), text(filter), Buffer.of(1)])))
    return (await this.read(5))[4] as number
  }

  /** The next PUBACK's packet identifier (section 3.4). */
  async puback(): Promise<number> {
    const bytes = await this.read(4)
    if (bytes[0] !== 0x40) throw new Error(`not a PUBACK but ${bytes.toString('hex')}`)
    return bytes.readUInt16BE(2)
  }

  async read(count: number): Promise<Buffer> {
    while (this.#received.length < count) {
      await new Promise<void>(resolve => {
        this.#heard = resolve
      })
    }
    const bytes = this.#received.subarray(0, count)
    this.#received = this.#received.subarray(count)
    return bytes
  }

  /** What has come and was not read. */
  get unread(): number {
    return this.#received.length
  }
}
