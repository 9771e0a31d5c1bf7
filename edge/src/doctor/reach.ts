import { once } from 'node:events'
import { connect, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** Longest that anybody may take to answer. */
export const REACH_TIMEOUT_MS = 10_000

/** Opens a connection and closes it again. @returns how long it took, ms, or why there is none */
export async function reach(
  hostname: string,
  port: number,
  { isTls = false } = {},
): Promise<number | NodeJS.ErrnoException> {
  // As URLs write an IPv6 address.
  const host = hostname.replace(/^\[|\]$/g, '')
  const name = isIP(host) === 0 ? { servername: host } : {}
  const startedAt = performance.now()
  const socket = isTls ? connectTls({ host, port, ...name }) : connect({ host, port })
  try {
    const event = isTls ? 'secureConnect' : 'connect'
    await once(socket, event, { signal: AbortSignal.timeout(REACH_TIMEOUT_MS) })
    return performance.now() - startedAt
  } catch (error) {
    return error as NodeJS.ErrnoException
  } finally {
    // Late errors have nobody to tell.
    socket.on('error', () => {})
    socket.destroy()
  }
}
