import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type CodecFault, Deframer, type Piece } from '@picket/devices'
import { listenError } from '@picket/devices/runtime'
import { type AllowList, plainAddress } from '../allow-list.ts'
import { SlowLane } from '../slow-lane.ts'
import type { Source, SourceContext } from '../source.ts'
import type { FrameReader } from './frame-reader.ts'

export interface TcpOptions {
  host: string
  port: number
  readerFor(peer: string): FrameReader
  context: SourceContext
  allowed: AllowList
  maxConnections: number
  idleMs: number
}

type Parts = TcpOptions & { slowLane: SlowLane }

/** Frames of a connection that wait for their commit; meanwhile nothing more is read from it. */
const MAX_WAITING = 64
/** A frame that pauses for longer is cut off. */
const FRAME_PAUSE_MS = 30_000
/** Answers that a station does not take: its connection ends. */
const MAX_UNSENT_BYTES = 64 * 1024

/** Takes connections of stations. */
export function listenTcp(options: TcpOptions): Promise<Source> {
  const { host, port, context, allowed, maxConnections } = options
  const { name, refuse } = context
  const sockets = new Set<Socket>()
  const parts = { ...options, slowLane: new SlowLane(context.elapsedMs) }
  const server = createServer({ noDelay: true, keepAlive: true }, socket => {
    const peer = plainAddress(socket.remoteAddress ?? '')
    if (!allowed.has(peer)) {
      const fault = { code: 'peer-not-allowed', message: 'not among the addresses of from' }
      refuse(`${name} peer ${peer}`, fault)
      socket.destroy()
      return
    }
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    new Connection(socket, peer, parts)
  })
  server.maxConnections = maxConnections
  server.on('drop', data => {
    const fault = { code: 'too-many', message: `more than ${maxConnections} connections` }
    refuse(`${name} peer ${plainAddress(data?.remoteAddress ?? '')}`, fault)
  })
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(listenError(error, port, `the port of source ${name}`)))
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      server.on('error', error => context.failed(error))
      resolve({
        port: (server.address() as AddressInfo).port,
        stop: () =>
          new Promise(stopped => {
            parts.slowLane.stop()
            server.close(() => stopped())
            for (const socket of sockets) socket.destroy()
          }),
      })
    })
  })
}

/** One station, or a line of several behind a modem. */
class Connection {
  readonly #socket: Socket
  readonly #peer: string
  readonly #context: SourceContext
  readonly #reader: FrameReader
  readonly #deframer: Deframer
  readonly #slowLane: SlowLane
  #waiting = 0
  #pause: NodeJS.Timeout | undefined

  constructor(socket: Socket, peer: string, { context, readerFor, idleMs, slowLane }: Parts) {
    this.#slowLane = slowLane
    this.#socket = socket
    this.#peer = peer
    this.#context = context
    this.#reader = readerFor(peer)
    const { name, framing } = this.#reader.codec
    if (!framing) throw new Error(`${name} has no framing`)
    this.#deframer = new Deframer(name, framing)
    socket.setTimeout(idleMs, () => socket.destroy())
    socket.on('data', chunk => this.#hear(chunk))
    socket.on('end', () => this.#deframer.flush(piece => this.#take(piece)))
    socket.on('error', () => {})
    socket.on('close', () => clearTimeout(this.#pause))
  }

  #hear(chunk: Buffer): void {
    clearTimeout(this.#pause)
    this.#deframer.push(chunk, piece => this.#take(piece))
    if (this.#deframer.waitingBytes > 0)
      this.#pause = setTimeout(() => this.#deframer.flush(piece => this.#take(piece)), FRAME_PAUSE_MS)
    if (this.#waiting >= MAX_WAITING) this.#socket.pause()
  }

  #take({ kind, bytes, fault }: Piece): void {
    if (kind === 'filler') return
    const { name, refuse, floods } = this.#context
    const origin = `${name} peer ${this.#peer}`
    const waitMs = floods.waitMs(origin)
    if (waitMs > 0) refuse(origin, { code: 'flood', message: `slowed down: ${floods.words}` })
    // A piece is valid during this call only.
    const copy = Uint8Array.from(bytes)
    const isTaken = this.#slowLane.add(origin, waitMs, () => {
      if (kind === 'frame') this.#commit(copy)
      else this.#settled(() => refuse(origin, fault as CodecFault, copy))
    })
    if (isTaken) this.#waiting++
    else this.#socket.destroy()
  }

  #settled(then: () => void): void {
    this.#waiting--
    if (this.#waiting < MAX_WAITING) this.#socket.resume()
    then()
  }

  #commit(frame: Uint8Array): void {
    const { name, reception, clock } = this.#context
    let isKnown = false
    reception.take({
      origin: `${name} peer ${this.#peer}`,
      payload: frame,
      decode: arrivalMs => {
        const said = this.#reader.read(frame, this.#peer, arrivalMs)
        isKnown = said.isKnown
        return said
      },
      done: error =>
        this.#settled(() => {
          // Without an answer the station sends again.
          if (error || !isKnown) return
          const answer = this.#reader.codec.answer?.(frame, { topic: this.#peer, arrivalMs: clock.now() })
          if (answer && this.#socket.writable) this.#socket.write(answer)
          if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.#socket.destroy()
        }),
    })
  }
}
