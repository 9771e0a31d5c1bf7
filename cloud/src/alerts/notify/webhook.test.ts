import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@picket/devices/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postWebhook, readRetryAfter } from './webhook.ts'

let server: Server
let url: string
let folder: string
const requests: { request: IncomingMessage; body: string }[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picket-webhook-'))
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    requests.push({ request, body })
    if (request.url === '/moved') response.writeHead(307, { location: '/' }).end()
    // A body without end, which nobody reads.
    else if (request.url === '/endless') response.writeHead(200).write('x')
    else response.writeHead(200).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})

const notification = {
  id: 7,
  idempotencyKey: 'alarm-1/raised',
  channel: 'duty',
  body: { alarm: 'alarm-1', text: '滑坡' },
  createdAt: 0,
  attempts: 0,
  nextAttemptAt: 0,
}
const ports = { fetch, clock: systemClock, stopped: new AbortController().signal }

describe('over real HTTP', () => {
  it('posts JSON with the key and the token from the file', async () => {
    const tokenFile = join(folder, 'token')
    writeFileSync(tokenFile, 'a-token\n')
    const outcome = await postWebhook(notification, { name: 'duty', url, tokenFile }, ports)
    expect(outcome).toEqual({ kind: 'delivered' })
    const { request, body } = requests.at(-1)!
    expect(request.method).toBe('POST')
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': 'alarm-1/raised',
      authorization: 'Bearer a-token',
    })
    expect(JSON.parse(body)).toEqual(notification.body)
  })

  it('sends nothing without its token, and says why without saying where', async () => {
    const before = requests.length
    const tokenFile = join(folder, 'missing')
    const outcome = await postWebhook(notification, { name: 'duty', url, tokenFile }, ports)
    expect(outcome).toEqual({ kind: 'unavailable', error: 'not sent: ENOENT' })
    expect(requests.length).toBe(before)
  })

  it('does not follow a redirect', async () => {
    const before = requests.length
    const outcome = await postWebhook(notification, { name: 'duty', url: `${url}/moved` }, ports)
    expect(outcome).toEqual({ kind: 'refused', error: 'answered with status 307' })
    expect(requests.length).toBe(before + 1)
  })

  it('does not wait for the end of the answer', async () => {
    expect(await postWebhook(notification, { name: 'duty', url: `${url}/endless` }, ports)).toEqual({
      kind: 'delivered',
    })
  })

  it('tells a refused connection by its code alone', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port } = closed.address() as AddressInfo
    await new Promise(resolve => closed.close(resolve))
    const address = `http://127.0.0.1:${port}/secret-path`
    expect(await postWebhook(notification, { name: 'duty', url: address }, ports)).toEqual({
      kind: 'unavailable',
      error: 'not sent: ECONNREFUSED',
    })
  })
})

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['999999', 3_600_000],
    ['Thu, 01 Jan 1970 00:00:30 GMT', 29_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
  ])('reads %j', (header, expected) => {
    expect(readRetryAfter(header, 1000)).toBe(expected)
  })

  it('reads none', () => expect(readRetryAfter(null, 0)).toBeUndefined())
})
