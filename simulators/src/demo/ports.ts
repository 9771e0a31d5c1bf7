import { connect, createServer } from 'node:net'
import { listenError } from '@picket/devices/runtime'

const HOST = '127.0.0.1'

/**
 * Finds out before anything is started whether a port is free.
 *
 * @throws StartError that names the setting to change
 */
export function checkPortFree(port: number, setting: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, port, setting)))
    server.listen(port, HOST, () => server.close(() => resolve()))
  })
}

/** True when something listens on the port. */
export function isListening(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: HOST })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
