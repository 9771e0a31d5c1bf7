import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Towards the server, or back from it. */
export type Direction = 'up' | 'down'

/** What becomes of one packet of MQTT on its way. */
export type Fate =
  | { kind: 'pass' }
  /** The connection breaks on both sides; of the packet only so many bytes have gone. */
  | { kind: 'cut'; after: number }
  | { kind: 'delay'; ms: number }
  /** One side says that it is done, and goes on listening. */
  | { kind: 'half-close' }
  /** One bit is another one; counted from the packet's end, so that it lies in the payload. */
  | { kind: 'corrupt'; fromEnd: number }
  /** Nothing goes any further in this direction; the connection stays. */
  | { kind: 'freeze' }

/** A packet as it passes: MQTT's type, and its bytes. */
export interface Passing {
  direction: Direction
  /** MQTT 3.1.1, table 2.1. */
  type: number
  bytes: Buffer
}

export interface ProxyOptions {
  /** Where the server listens on this machine. */
  target: number
  fate?: (passing: Passing) => Fate
  /** Bytes a second in each direction; without it as fast as it goes. */
  bytesPerSecond?: number
}

const PASS: Fate = { kind: 'pass' }
const TICK_MS = 20

/** A network that fails on purpose: what passes through it is cut into packets of MQTT, and each has its fate. */
export class TcpProxy {
  fate: (passing: Passing) => Fate
  bytesPerSecond: number | undefined
  /** Whether it takes connections; otherwise it breaks them at once. */
  isUp = true
  /** Bytes that went each way. */
  readonly bytes = { up: 0, down: 0 }
  readonly #target: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor({ target, fate, bytesPerSecond }: ProxyOptions) {
    this.fate = fate ?? (() => PASS)
    this.bytesPerSecond = bytesPerSecond
    this.#target = target
    this.#server = createServer({ allowHalfOpen: true }, client => this.#join(client))
  }

  static async start(options: ProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Breaks every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Socket): void {
    if (!this.isUp) {
      client.destroy()
      return
    }
    const server = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true })
    const cut = (): void => {
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', cut)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        cut()
      })
    }
    this.#carry('up', client, server, cut)
    this.#carry('down', server, client, cut)
  }

  #carry(direction: Direction, from: Socket, to: Socket, cut: () => void): void {
    const packets = new Packets()
    let turn = Promise.resolve()
    let isOver = false
    const apply = async (bytes: Buffer): Promise<void> => {
      if (isOver) return
      const fate = this.fate({ direction, type: (bytes[0] as number) >> 4, bytes })
      if (fate.kind === 'delay') await pause(fate.ms)
      if (fate.kind === 'freeze') isOver = true
      else if (fate.kind === 'cut') {
        isOver = true
        to.write(bytes.subarray(0, fate.after), cut)
      } else if (fate.kind === 'half-close') {
        isOver = true
        to.end()
      } else await this.#write(direction, to, fate.kind === 'corrupt' ? changed(bytes, fate.fromEnd) : bytes)
    }
    from.on('data', (data: Buffer) => {
      from.pause()
      for (const packet of packets.add(data)) turn = turn.then(() => apply(packet))
      turn = turn.then(() => {
        from.resume()
      })
    })
    from.on('end', () => {
      turn = turn.then(() => {
        to.end()
      })
    })
  }

  async #write(direction: Direction, to: Socket, bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length && !to.destroyed; ) {
      const rate = this.bytesPerSecond
      const piece = rate === undefined ? bytes.length : Math.max(1, Math.floor((rate * TICK_MS) / 1000))
      const part = bytes.subarray(at, at + piece)
      at += part.length
      this.bytes[direction] += part.length
      to.write(part)
      if (rate !== undefined) await pause((part.length / rate) * 1000)
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

function changed(bytes: Buffer, fromEnd: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[copy.length - fromEnd]! ^= 1
  return copy
}

/** Cuts a stream into packets of MQTT. */
class Packets {
  #rest: Buffer = Buffer.alloc(0);

  *add(data: Buffer): Generator<Buffer> {
    this.#rest = Buffer.concat([this.#rest, data])
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
      yield this.#rest.subarray(0, at + length)
      this.#rest = this.#rest.subarray(at + length)
    }
  }
}
