import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StoredReading } from '../../stores/ports.ts'
import { PASSWORD, startFakeApi, VIEWER_TOKEN } from '../fakes/services.ts'

let api: Awaited<ReturnType<typeof startFakeApi>>
const sockets: Socket[] = []
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await api.stop()
})

const reading = (device: string, t: number, v = 1): StoredReading => ({
  device,
  quantity: 'width',
  t,
  v,
  q: 1,
})

/** An open stream, read event by event. */
async function listen(headers: Record<string, string> = {}) {
  const response = await api.ask('/api/v1/events', 'viewer', { headers })
  expect(response.status).toBe(200)
  const reader = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream())
    .getReader()
  let text = ''
  const stream = {
    response,
    reader,
    /** The next event, past any heartbeat. */
    async nextEvent(): Promise<string | undefined> {
      for (;;) {
        const block = await stream.next()
        if (!block?.startsWith(':')) return block
      }
    },
    /** The next block, which a blank line ends; undefined at the end of the stream. */
    async next(): Promise<string | undefined> {
      while (!text.includes('\n\n')) {
        const { value, done } = await reader.read()
        if (done) return undefined
        text += value
      }
      const end = text.indexOf('\n\n')
      const block = text.slice(0, end)
      text = text.slice(end + 2)
      return block
    },
  }
  return stream
}

const tick = (durationMs: number) => api.control.clock.advanceTo(api.control.clock.now() + durationMs)
const dataOf = (block: string | undefined) => JSON.parse((block as string).split('\ndata: ')[1] as string)

/** A listener that sends its request and then reads nothing. */
async function listenWithoutReading(): Promise<Socket> {
  const socket = connect(api.port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${VIEWER_TOKEN}\r\n\r\n`)
  await once(socket, 'data')
  socket.pause()
  return socket
}

describe('the stream', () => {
  it('says what it is and is never cached', async () => {
    const { response, next, reader } = await listen()
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await next()).toBe('retry: 3000')
    await reader.cancel()
  })

  it('sends alarms and rules at once', async () => {
    const { next } = await listen()
    await next()
    api.control.publish({ type: 'alarm', id: 'alarm-1\nevent: forged' })
    api.control.publish({ type: 'rules', revision: 'r2' })
    expect(await next()).toBe('event: alarm\ndata: {"id":"alarm-1\\nevent: forged"}')
    expect(await next()).toBe('event: rules\ndata: {"revision":"r2"}')
  })

  it('gathers readings and gateways for half a second, the newest of each', async () => {
    const { next } = await listen()
    await next()
    api.control.publish({ type: 'reading', readings: [reading('a', 2, 20), reading('b', 1)] })
    api.control.publish({ type: 'reading', readings: [reading('a', 1, 10)] })
    for (let count = 0; count < 3; count++) api.control.publish({ type: 'gateway', id: 'gw-1' })
    tick(499)
    api.control.publish({ type: 'alarm', id: 'first' })
    tick(1)
    expect(await next()).toContain('first')
    expect(dataOf(await next())).toEqual({ readings: [reading('a', 2, 20), reading('b', 1)] })
    expect(await next()).toBe('event: gateway\ndata: {"id":"gw-1"}')
    tick(500)
    api.control.publish({ type: 'alarm', id: 'last' })
    expect(await next()).toContain('last')
  })

  it('spreads very many readings over several events', async () => {
    const { next } = await listen()
    await next()
    const readings = Array.from({ length: 2500 }, (_, at) => reading(`device-${at}`, 1))
    api.control.publish({ type: 'reading', readings })
    tick(500)
    const counts = [dataOf(await next()), dataOf(await next()), dataOf(await next())]
    expect(counts.map(data => data.readings.length)).toEqual([1000, 1000, 500])
  })

  it('beats every 15 s', async () => {
    const { next } = await listen()
    await next()
    tick(15_000)
    expect(await next()).toBe(': heartbeat')
  })
})

describe('listeners', () => {
  it('cost nothing when they are gone', async () => {
    expect(api.control.listeners.size).toBe(0)
    const first = await listen()
    const second = await listen()
    expect(api.control.listeners.size).toBe(1)
    await first.reader.cancel()
    await second.reader.cancel()
    while (api.control.listeners.size > 0) await turn()
  })

  it('need credentials, and cannot be asked by HEAD', async () => {
    expect((await api.ask('/api/v1/events', 'none')).status).toBe(401)
    expect((await api.ask('/api/v1/events', 'viewer', { method: 'HEAD' })).status).toBe(404)
  })

  it('are cut off when they read too slowly, and others are not', async () => {
    await listenWithoutReading()
    const slow = api.control.listeners.size
    expect(slow).toBe(1)
    const { nextEvent, reader } = await listen()
    await nextEvent()
    const closed = once(sockets[0] as Socket, 'close')
    const readings = Array.from({ length: 1000 }, (_, at) => reading(`device-${at}-${'x'.repeat(100)}`, 1))
    // The kernel buffers some MB before the server's own bound of 512 kB counts.
    let events = 0
    for (; events < 200 && !sockets[0]?.closed; events++) {
      api.control.publish({ type: 'reading', readings })
      tick(500)
      expect(dataOf(await nextEvent()).readings.length).toBe(1000)
      if (events === 100) sockets[0]?.resume()
    }
    await closed
    expect(events).toBeLessThan(200)
    api.control.publish({ type: 'alarm', id: 'still here' })
    while (!(await nextEvent())?.includes('still here')) {}
    await reader.cancel()
  })

  it('are at most 128', async () => {
    await Promise.all(Array.from({ length: 128 }, () => listenWithoutReading()))
    const response = await api.ask('/api/v1/events')
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('10')
  })

  it('end with their session', async () => {
    const cookie = ((await api.login(PASSWORD)).headers.get('set-cookie') as string).split(';')[0] as string
    const response = await api.ask('/api/v1/events', 'none', { headers: { cookie } })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    api.accounts.sessions.clear()
    tick(15_000)
    while (!(await reader.read()).done) {}
  })

  it('end when the server stops', async () => {
    const { next } = await listen()
    await next()
    const end = next().catch(() => undefined)
    await api.stop()
    expect(await end).toBeUndefined()
    expect(api.control.listeners.size).toBe(0)
  })
})
