import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { StartError } from '@picket/devices'
import { generate, type Packet, parser } from 'mqtt-packet'

/** One MQTT connection that publishes packets made elsewhere and hears their acknowledgements. */
export interface LoadConnection {
  /** Packet ids in use. */
  inFlight: number
  /** The next free packet id; call only while `inFlight` is below 65,535. */
  nextId(): number
  write(packet: Buffer): void
  /** Writes made between `cork` and `uncork` go out together. */
  cork(): void
  uncork(): void
  end(): Promise<void>
}

export interface LoadConnectionOptions {
  url: string
  clientId: string
  onAck(packetId: number): void
  onClose(): void
}

/** @throws StartError where the broker cannot be reached or refuses */
export async function openConnection(options: LoadConnectionOptions): Promise<LoadConnection> {
  const { hostname, port } = new URL(options.url)
  const socket = connect({ host: hostname, port: Number(port || 1883), noDelay: true })
  const failed = (reason: string): StartError =>
    new StartError('load-connection', `cannot connect to ${hostname}:${port || 1883}: ${reason}`)
  const used = new Set<number>()
  const connack = Promise.withResolvers<void>()
  let open = false
  const packets = parser({ protocolVersion: 4 })
  packets.on('packet', (packet: Packet) => {
    if (packet.cmd === 'connack') {
      open = packet.returnCode === 0
      if (open) connack.resolve()
      else connack.reject(failed(`refused with code ${packet.returnCode}`))
    } else if (packet.cmd === 'puback' && packet.messageId !== undefined && used.delete(packet.messageId))
      options.onAck(packet.messageId)
  })
  socket.on('data', chunk => packets.parse(chunk))
  socket.on('error', (error: NodeJS.ErrnoException) => connack.reject(failed(error.code ?? error.message)))
  socket.on('close', () => {
    connack.reject(failed('the connection was closed'))
    if (open) options.onClose()
  })
  socket.write(
    generate({ cmd: 'connect', clientId: options.clientId, protocolVersion: 4, clean: true, keepalive: 0 }),
  )
  await connack.promise
  return over(socket, used)
}

function over(socket: Socket, used: Set<number>): LoadConnection {
  let last = 0
  return {
    get inFlight() {
      return used.size
    },
    nextId() {
      do last = last === 0xffff ? 1 : last + 1
      while (used.has(last))
      used.add(last)
      return last
    },
    write: packet => socket.write(packet),
    cork: () => socket.cork(),
    uncork: () => socket.uncork(),
    async end() {
      if (socket.destroyed) return
      const closed = once(socket, 'close')
      socket.end(generate({ cmd: 'disconnect' }))
      socket.setTimeout(1000, () => socket.destroy())
      await closed
    },
  }
}
