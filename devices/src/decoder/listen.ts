import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { Codec, CodecContext } from '../codecs/codec.ts'
import { InputError } from './input.ts'
import { type Heard, LiveStream } from './live-stream.ts'

/** Most connections at a time; others are refused, and told. */
const MAX_CONNECTIONS = 50
/** Most senders of datagrams whose codecs are kept; the one that was silent longest is forgotten. */
const MAX_SENDERS = 100
/** A message without an end of its own ends after this silence. */
const SILENCE_MS = 500
/** A connection that says nothing for so long is closed. */
const IDLE_MS = 2 * 3_600_000
/** Most messages that are shown in a second; of others only the count. */
const MAX_SHOWN_PER_SECOND = 200

/** Where a message came from. */
interface Origin {
  transport: 'tcp' | 'udp'
  peer: string
  atMs: number
}

export interface ListenOptions {
  host: string
  port: number
  topic: string
  /** New codecs for a source of its own; several to guess among. */
  createCodecs(): Codec[]
  show(heard: Heard, origin: Origin): void
  /** Something about the listening itself. */
  tell(message: string): void
  /** Ends the listening. */
  signal: AbortSignal
  now?: () => number
}

/**
 * Shows what comes over TCP and UDP on one port until it is ended. Answers nothing: nothing is kept here.
 *
 * @param onPort - called with the port when both listen
 * @throws InputError where the port cannot be had
 */
export async function listen(options: ListenOptions, onPort: (port: number) => void): Promise<void> {
  const { host, signal } = options
  const shown = new ShownMessages(options)
  const tcp = tcpServer(options, shown)
  const port = await bound(
    options,
    () => tcp.server.listen({ port: options.port, host, signal }),
    tcp.server,
  ).then(() => (tcp.server.address() as { port: number }).port)
  const udp = udpSocket(options, shown)
  try {
    await bound(options, () => udp.bind({ port, address: host }), udp)
    onPort(port)
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    tcp.close()
    udp.close()
    shown.end()
  }
}

/** Waits until a socket listens. */
async function bound(
  { host, port }: ListenOptions,
  begin: () => void,
  socket: { once(event: string, listener: (error: Error) => void): unknown },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('listening', () => resolve())
    socket.once('error', error => {
      const { code } = error as NodeJS.ErrnoException
      const why = {
        EADDRINUSE: 'is in use',
        EACCES: 'may not be used',
        EADDRNOTAVAIL: 'is not of this machine',
      }[code ?? '']
      reject(new InputError(`${host}:${port} ${why ?? `cannot be listened on (${code})`}`))
    })
    begin()
  })
}

function tcpServer(
  options: ListenOptions,
  shown: ShownMessages,
): { server: ReturnType<typeof createServer>; close(): void } {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    const peer = `${socket.remoteAddress}:${socket.remotePort}`
    const stream = streamOf(options, shown, { transport: 'tcp', peer })
    let silence: NodeJS.Timeout | undefined
    socket.setTimeout(IDLE_MS, () => socket.destroy())
    socket.on('data', chunk => {
      stream.push(chunk)
      clearTimeout(silence)
      silence = setTimeout(() => stream.silence(), SILENCE_MS)
    })
    socket.on('error', error => options.tell(`${peer}: ${error.message}`))
    socket.on('close', () => {
      clearTimeout(silence)
      sockets.delete(socket)
      stream.silence()
    })
  })
  server.maxConnections = MAX_CONNECTIONS
  server.on('drop', drop =>
    options.tell(`${drop?.remoteAddress} was refused: ${MAX_CONNECTIONS} are connected`),
  )
  return {
    server,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function udpSocket(options: ListenOptions, shown: ShownMessages): ReturnType<typeof createSocket> {
  const senders = new Map<string, LiveStream>()
  const socket = createSocket(options.host.includes(':') ? 'udp6' : 'udp4')
  socket.on('message', (bytes, { address, port }) => {
    const peer = `${address}:${port}`
    const stream = senders.get(peer) ?? streamOf(options, shown, { transport: 'udp', peer })
    senders.delete(peer)
    senders.set(peer, stream)
    if (senders.size > MAX_SENDERS) senders.delete(senders.keys().next().value as string)
    stream.push(bytes)
    // A datagram is whole.
    stream.silence()
  })
  return socket
}

function streamOf(options: ListenOptions, shown: ShownMessages, from: Omit<Origin, 'atMs'>): LiveStream {
  const now = options.now ?? Date.now
  const contextNow = (): CodecContext => ({ topic: options.topic, arrivalMs: now() })
  return new LiveStream(options.createCodecs(), contextNow, heard =>
    shown.take(heard, { ...from, atMs: now() }),
  )
}

/** Shows messages up to a rate that a terminal and its reader can bear. */
class ShownMessages {
  readonly #options: ListenOptions
  #second = 0
  #inSecond = 0
  #hidden = 0

  constructor(options: ListenOptions) {
    this.#options = options
  }

  take(heard: Heard, origin: Origin): void {
    const second = Math.floor(origin.atMs / 1000)
    if (second !== this.#second) {
      this.end()
      this.#second = second
      this.#inSecond = 0
    }
    if (++this.#inSecond > MAX_SHOWN_PER_SECOND) this.#hidden++
    else this.#options.show(heard, origin)
  }

  /** Tells how many were not shown. */
  end(): void {
    if (this.#hidden > 0) this.#options.tell(`${this.#hidden} more messages came than could be shown`)
    this.#hidden = 0
  }
}
