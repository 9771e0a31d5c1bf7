import { createSocket, type RemoteInfo } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { type Piece, split } from '@picket/devices'
import { listenError } from '@picket/devices/runtime'
import { type AllowList, plainAddress } from '../allow-list.ts'
import type { Source, SourceContext } from '../source.ts'
import type { FrameReader } from './frame-reader.ts'

export interface UdpOptions {
  host: string
  port: number
  readerFor(peer: string): FrameReader
  context: SourceContext
  allowed: AllowList
}

/** Messages that wait for their commit; further datagrams are refused, and their stations send again. */
const MAX_WAITING = 1000
/** Peers whose codec is kept, with what it remembers between frames; the one made first goes for a further one. */
const MAX_READERS = 256

/** Takes datagrams of stations: each holds one frame, several, or one message of a codec without frames. */
export function listenUdp(options: UdpOptions): Promise<Source> {
  const { host, port, context } = options
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  const ear = new Ear(options, (bytes, { port: to, address }) => {
    // A source that was stopped answers no more.
    try {
      socket.send(bytes, to, address, () => {})
    } catch {}
  })
  return new Promise((resolve, reject) => {
    socket.once('error', error => {
      socket.close()
      reject(listenError(error, port, `the port of source ${context.name}`))
    })
    socket.bind(port, host, () => {
      socket.removeAllListeners('error')
      socket.on('error', error => context.failed(error))
      socket.on('message', (bytes, from) => ear.hear(bytes, from))
      resolve({
        port: socket.address().port,
        stop: () => new Promise(stopped => socket.close(() => stopped())),
      })
    })
  })
}

class Ear {
  readonly #options: UdpOptions
  readonly #send: (bytes: Uint8Array, to: RemoteInfo) => void
  readonly #readers = new Map<string, FrameReader>()
  #waiting = 0

  constructor(options: UdpOptions, send: (bytes: Uint8Array, to: RemoteInfo) => void) {
    this.#options = options
    this.#send = send
  }

  hear(bytes: Buffer, from: RemoteInfo): void {
    const { allowed, context } = this.#options
    const { name, refuse, floods } = context
    const peer = plainAddress(from.address)
    const origin = `${name} peer ${peer}`
    const turnAway = (code: string, message: string): void => refuse(origin, { code, message }, bytes)
    if (!allowed.has(peer)) turnAway('peer-not-allowed', 'not among the addresses of from')
    else if (!floods.admits(`${origin} port ${from.port}`)) turnAway('flood', floods.words)
    else if (this.#waiting >= MAX_WAITING) turnAway('busy', `more than ${MAX_WAITING} messages wait`)
    else this.#read(bytes, from, peer)
  }

  #read(bytes: Buffer, from: RemoteInfo, peer: string): void {
    const reader = this.#readerFor(peer)
    const { name, framing } = reader.codec
    if (!framing) {
      this.#commit(reader, bytes, { from, peer })
      return
    }
    split(bytes, framing, { codec: name, ended: true }, ({ kind, bytes: piece, fault }: Piece) => {
      const { context } = this.#options
      if (kind === 'frame') this.#commit(reader, piece, { from, peer })
      else if (fault) context.refuse(`${context.name} peer ${peer}`, fault, piece)
    })
  }

  #commit(reader: FrameReader, frame: Uint8Array, { from, peer }: { from: RemoteInfo; peer: string }): void {
    const { name, reception, clock } = this.#options.context
    let isKnown = false
    this.#waiting++
    reception.take({
      origin: `${name} peer ${peer}`,
      payload: frame,
      decode: arrivalMs => {
        const said = reader.read(frame, peer, arrivalMs)
        isKnown = said.isKnown
        return said
      },
      done: error => {
        this.#waiting--
        if (error || !isKnown) return
        const answer = reader.codec.answer?.(frame, { topic: peer, arrivalMs: clock.now() })
        if (answer) this.#send(answer, from)
      },
    })
  }

  #readerFor(peer: string): FrameReader {
    const known = this.#readers.get(peer) ?? this.#options.readerFor(peer)
    this.#readers.set(peer, known)
    if (this.#readers.size > MAX_READERS) this.#readers.delete(this.#readers.keys().next().value as string)
    return known
  }
}
