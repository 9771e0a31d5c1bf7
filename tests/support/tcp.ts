import { once } from 'node:events'
import { connect } from 'node:net'

/** MQTT 3.1.1, section 3.1: a CONNECT with a clean session and this client id, at most 100 characters long. */
export function connectPacket(clientId: string): Buffer {
  const id = Buffer.from(clientId)
  const header = [0x10, 12 + id.length, 0, 4, ...Buffer.from('MQTT'), 4, 2, 0, 60, 0, id.length]
  return Buffer.concat([Buffer.from(header), id])
}

/** Sends bytes that no MQTT client would send, waits until they are on their way, and hangs up. */
export async function sendAndHangUp(port: number, ...pieces: Buffer[]): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {}).resume()
  await once(socket, 'connect')
  socket.end(Buffer.concat(pieces))
  await once(socket, 'close')
}
