import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Codec, codecEntry } from '@picket/devices'
import { request } from 'coap'

/** Sends one message until it is acknowledged, as a device in the field does. */
export type Deliver = (at: number) => Promise<void>

const ANSWER_MS = 1500
const AGAIN_MS = 100
const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** By the client of the `coap` package: confirmable requests, which it sends again by itself. */
export const overCoap =
  (port: number, path: string, payloadOf: (at: number) => string): Deliver =>
  async at => {
    while ((await post(port, path, payloadOf(at))) !== '2.04') await pause(AGAIN_MS)
  }

function post(port: number, pathname: string, payload: string): Promise<string> {
  return new Promise(resolve => {
    const call = request({
      host: '127.0.0.1',
      port,
      pathname,
      method: 'POST',
      confirmable: true,
      options: { 'Content-Format': 'application/senml+json' },
    })
    call.on('response', response => resolve(response.code))
    call.on('timeout', () => resolve('timeout'))
    call.on('error', () => resolve('error'))
    call.end(Buffer.from(payload))
  })
}

/** By a connection that is opened again when it ends; the frame is sent again without an answer in time. */
export function overTcp(port: number, frameOf: (at: number) => Uint8Array, isAnswer: IsAnswer): Deliver {
  let socket: Socket | undefined
  return async at => {
    for (;;) {
      try {
        if (!socket || socket.destroyed) {
          socket = connect(port, '127.0.0.1')
          socket.on('error', () => {})
          await once(socket, 'connect')
        }
        socket.write(frameOf(at))
        const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_MS) })
        if (isAnswer(answer, at)) return
      } catch {
        socket?.destroy()
        await pause(AGAIN_MS)
      }
    }
  }
}

/** By datagrams; each is sent again without an answer in time. */
export function overUdp(port: number, frameOf: (at: number) => Uint8Array, isAnswer: IsAnswer): Deliver {
  const socket: UdpSocket = createSocket('udp4')
  socket.on('error', () => {})
  socket.unref()
  return async at => {
    for (;;) {
      const answered = once(socket, 'message', { signal: AbortSignal.timeout(ANSWER_MS) })
      socket.send(frameOf(at), port, '127.0.0.1')
      const [answer] = await answered.catch(() => [undefined])
      if (answer && isAnswer(answer, at)) return
      await pause(AGAIN_MS)
    }
  }
}

/** Sends one datagram and waits for nothing. */
export async function sendDatagram(port: number, bytes: Uint8Array): Promise<void> {
  const socket = createSocket('udp4')
  await new Promise<void>(resolve => socket.send(bytes, port, '127.0.0.1', () => resolve()))
  socket.close()
}

type IsAnswer = (answer: Buffer, at: number) => boolean

const sl651: Codec = (await (codecEntry('sl651') as NonNullable<ReturnType<typeof codecEntry>>).load())()

/** A report of a hydrology station (SL 651, function 32) with a water level. */
export function levelReport(station: string, at: number, observedMs: number): Uint8Array {
  const time = new Date(observedMs).toISOString()
  const built = sl651.encode?.({
    direction: 'up',
    centre: 1,
    station,
    function: '32',
    serial: at,
    sentAt: time,
    stationType: 'H',
    observedAt: time,
    elements: [{ id: '39', value: at, lengthBytes: 4, decimals: 3 }],
  })
  if (!built?.ok) throw new Error('no frame')
  return built.bytes
}

/** True for the answer to the report of that serial number (SL 651, 6.3.3). */
export const confirms: IsAnswer = (answer, at) => answer.length > 16 && answer.readUInt16BE(14) === at
