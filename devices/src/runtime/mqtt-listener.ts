import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { Aedes, type AedesPublishPacket, type AuthenticateError, type Client } from 'aedes'
import { writeToStream } from 'mqtt-packet'
import { PacketLimit } from './packet-limit.ts'
import { listenError } from './program.ts'

/** One message that a client wants acknowledged. */
export interface Incoming {
  clientId: string
  topic: string
  payload: Buffer
}

export interface MqttListenerOptions {
  host: string
  port: number
  /** Certificate and key in PEM; with them the listener speaks TLS alone. */
  tls?: { cert: string; key: string }
  /** What a user can change when the port is taken. */
  portSetting: string
  /** Longest packet; a longer one ends its connection. */
  maxPacketBytes: number
  /** Most clients at a time; a further one is refused. */
  maxClients: number
  authenticate(clientId: string, username: string | undefined, password: Buffer | undefined): Promise<boolean>
  mayPublish(clientId: string, topic: string): boolean
  maySubscribe(clientId: string, filter: string): boolean
  /**
   * Takes custody of a message. The PUBACK goes out when `done` is called without an error; with one the
   * connection ends and the client sends again. Called in the order of each client's messages, without
   * waiting for earlier ones: commit them together, call `done` in order.
   */
  commit(message: Incoming, done: (error?: Error) => void): void
  onConnect?(clientId: string): void
  onDisconnect?(clientId: string): void
  /** A publication, subscription, will, connection or packet that was refused, and why. */
  onRefused?(clientId: string, what: string): void
}

export interface MqttListener {
  /** Sends to the subscribers of a topic, QoS 0, never retained. */
  publish(topic: string, payload: string | Buffer): void
  /** Ends the connection of a client, if it has one. */
  disconnect(clientId: string): void
  port: number
  clients(): number
  stop(): Promise<void>
}

const NOT_AUTHORIZED = 5
// A client that reads nothing for so long, while something waits for it, is cut off.
const DRAIN_TIMEOUT_MS = 3000
// ... and so is one for which more than this waits, beside the last message.
const MAX_UNREAD_BYTES = 256 * 1024
// Names, a password and perhaps a will. Longer ones could fill the memory with connections of nobody.
const MAX_CONNECT_BYTES = 16 * 1024
// What was refused is kept in lists for people: a topic may have 65,535 bytes.
const MAX_REFUSAL_LENGTH = 200
const NOTHING = Buffer.alloc(0)
const NOT_READING = 'cut off: does not read what it is sent'
// Else the first packet that is written makes 65,536 buffers, one for each number of two bytes: 8 MB.
writeToStream.cacheNumbers = false

/**
 * An MQTT 3.1.1 listener that acknowledges a message only after it was committed. It routes nothing between
 * clients: a message from a client goes to `commit`, and only the program itself publishes.
 */
export async function startMqttListener(options: MqttListenerOptions): Promise<MqttListener> {
  const connected = new Map<string, Client>()
  const refused = (clientId: string | undefined, what: string): void =>
    options.onRefused?.(clientId ?? '', what.slice(0, MAX_REFUSAL_LENGTH))
  const broker = await Aedes.createBroker({
    drainTimeout: DRAIN_TIMEOUT_MS,
    // With a limit, as many messages as that for clients that do not read would hold up those for all others.
    concurrency: 0,
    maxClientsIdLength: 128,
    authenticate(client, username, password, done) {
      const will = (client as unknown as { _will?: { topic: string } })._will
      if (will && !options.mayPublish(client.id, will.topic)) {
        refused(client.id, `will on ${will.topic}`)
        return done(denied('will not allowed'), false)
      }
      options.authenticate(client.id, username, password as Buffer | undefined).then(
        allowed => {
          if (!allowed) refused(client.id, 'wrong or missing credentials')
          done(allowed ? null : denied('wrong credentials'), allowed)
        },
        error => done(error, false),
      )
    },
    authorizePublish(client, packet, done) {
      // A will was written before anything was measured, and is no word about what is now.
      const isWill = client === null || (client as unknown as { will: unknown }).will === packet
      if (isWill || !options.mayPublish(client.id, packet.topic)) {
        refused(client?.id, `${isWill ? 'will' : 'publication'} on ${packet.topic}`)
        return done(new Error(`not allowed to publish on ${packet.topic}`))
      }
      const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
      packet.retain = false
      options.commit({ clientId: client.id, topic: packet.topic, payload }, error => {
        // Nobody hears it; with QoS 2 aedes would keep it until the client releases it.
        packet.payload = NOTHING
        done(error ?? null)
      })
    },
    authorizeSubscribe(client, subscription, done) {
      const allowed = options.maySubscribe(client.id, subscription.topic)
      if (!allowed) refused(client.id, `subscription to ${subscription.topic}`)
      // A null subscription answers with SUBACK 0x80 (section 3.9.3): the client is told.
      done(null, allowed ? subscription : null)
    },
    authorizeForward: forward,
  })
  broker.on('clientReady', client => {
    connected.set(client.id, client)
    options.onConnect?.(client.id)
  })
  broker.on('clientDisconnect', client => {
    if (connected.get(client.id) !== client) return
    connected.delete(client.id)
    options.onDisconnect?.(client.id)
  })
  // What fails once a connection has ended has been told.
  broker.on('clientError', (client, error) => client.closed || refused(client.id, wordsOf(error)))
  broker.on('connectionError', (client, error) => refused(client.id, error.message))

  const sockets = new Set<Socket>()
  const accept = (socket: Socket): void => {
    limitPackets(socket, options.maxPacketBytes, what => refused('', what))
    broker.handle(socket)
  }
  const server: Server = options.tls
    ? createTlsServer({ ...options.tls, noDelay: true }, accept)
    : createServer({ noDelay: true }, accept)
  server.maxConnections = options.maxClients
  server.on('tlsClientError', (error: Error) => refused('', `no TLS: ${error.message}`))
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await listen(server, options)
  return {
    port: (server.address() as { port: number }).port,
    publish: (topic, payload) =>
      broker.publish({ cmd: 'publish', qos: 0, retain: false, dup: false, topic, payload }, () => {}),
    disconnect: clientId => connected.get(clientId)?.close(),
    clients: () => broker.connectedClients,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        // Who has not said CONNECT yet is no client, and would keep the server open.
        broker.close(() => {
          for (const socket of sockets) socket.destroy()
        })
      }),
  }
}

/** Clients hear the program alone, never each other, and nothing more where they do not read what they heard. */
function forward(
  client: Client,
  packet: AedesPublishPacket & { clientId?: string },
): AedesPublishPacket | null {
  if (packet.clientId) return null
  const { conn } = client as Client & { conn: Socket }
  if (conn.writableLength <= MAX_UNREAD_BYTES) return packet
  conn.destroy(new Error(`${NOT_READING}: more than ${MAX_UNREAD_BYTES} bytes wait`))
  return null
}

const wordsOf = ({ message }: Error): string =>
  message === 'drain timeout' ? `${NOT_READING} for ${DRAIN_TIMEOUT_MS} ms` : message

function denied(message: string): AuthenticateError {
  return Object.assign(new Error(message), { returnCode: NOT_AUTHORIZED }) as AuthenticateError
}

function limitPackets(socket: Socket, maxBytes: number, onRefused: (what: string) => void): void {
  const limit = new PacketLimit(maxBytes, MAX_CONNECT_BYTES)
  const read = socket.read.bind(socket)
  // aedes pulls with read(): the bytes are seen here before its parser collects them.
  socket.read = (size?: number) => {
    const chunk: Buffer | null = read(size)
    if (chunk === null || limit.accept(chunk)) return chunk
    onRefused(`packet above ${limit.allowedBytes} bytes`)
    socket.destroy()
    return null
  }
  socket.once('end', () => {
    if (limit.withinPacket) onRefused('connection ended within a packet')
  })
}

function listen(server: Server, { host, port, portSetting }: MqttListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, port, portSetting)))
    server.listen(port, host, resolve)
  })
}
