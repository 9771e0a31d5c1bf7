import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartError } from '@picket/devices'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fakeServices, startFakeApi } from './fakes/services.ts'
import { startApi } from './server.ts'

let api: Awaited<ReturnType<typeof startFakeApi>>
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picket-console-'))
  const built = join(folder, 'dist')
  mkdirSync(join(built, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.txt'), 'a secret')
  writeFileSync(join(built, '.env'), 'a secret')
  writeFileSync(join(built, 'index.html'), '<!doctype html><title>Picket</title>')
  writeFileSync(join(built, 'favicon.svg'), '<svg/>')
  writeFileSync(join(built, 'assets', 'main-1a2b.js'), 'export {}')
  api = await startFakeApi({ consoleFolder: built })
})
afterAll(async () => {
  await api.stop()
  rmSync(folder, { recursive: true })
})

/** What the server answers to the bytes, as text: fetch would tidy the address. */
async function send(bytes: string): Promise<string> {
  const socket = connect(api.port, '127.0.0.1')
  socket.write(bytes)
  let answer = ''
  socket.on('data', chunk => {
    answer += chunk
  })
  await once(socket, 'close')
  return answer
}
const getRaw = (path: string) => send(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)

describe('the console', () => {
  it('is open, revalidated, and tightly fenced', async () => {
    const response = await api.ask('/', 'none')
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('<title>Picket')
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('x-frame-options')).toBe('DENY')
    const policy = response.headers.get('content-security-policy') as string
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|data:|https?:|\*/)
  })

  it('answers an unchanged file with 304', async () => {
    const etag = (await api.ask('/', 'none')).headers.get('etag') as string
    const answer = await send(
      `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nIf-None-Match: ${etag}\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 304 /)
  })

  it('lets hashed files be kept for ever, and no others', async () => {
    const asset = await api.ask('/assets/main-1a2b.js', 'none')
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect((await api.ask('/favicon.svg', 'none')).headers.get('cache-control')).toBe('no-cache')
    const missing = await api.ask('/assets/main-0000.js', 'none')
    expect(missing.status).toBe(404)
    expect(missing.headers.get('cache-control')).toBe('no-store')
  })

  it('opens at any address of its own, but hides no missing file and no route of the API', async () => {
    const headers = { accept: 'text/html' }
    const page = await api.ask('/alarms/alarm-1', 'none', { headers })
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('<title>Picket')
    for (const path of ['/gone.js', '/api/v1/nothing', '/api', '/metrics/x']) {
      const response = await api.ask(path, 'none', { headers })
      expect(response.status).toBe(404)
      expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    }
    expect((await api.ask('/alarms', 'none', { method: 'POST', headers })).status).toBe(404)
  })

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//secret.txt',
    '/.env',
    '/%2eenv',
    '/secret.txt%00',
    '/index.html%00.js',
    '/etc/passwd',
    '//etc/passwd',
    '/assets',
    '/assets/',
  ])('gives nothing away at %s', async path => {
    const answer = await getRaw(path)
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /)
    expect(answer).not.toMatch(/a secret|root:/)
    expect(answer).toContain('"error":{"code":"')
  })
})

describe('hostile requests', () => {
  it.each([
    ['a broken escape', '/api/v1/devices/%zz', 400, 'bad-request'],
    ['an id without end', `/api/v1/devices/${'x'.repeat(2000)}`, 404, 'not-found'],
    ['a query of 100 kB', `/api/v1/alarms?site=${'x'.repeat(100_000)}`, 431, 'header-too-large'],
  ])('%s', async (_what, path, status, code) => {
    const answer = await getRaw(path)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toContain(`"code":"${code}"`)
    expect(answer.toLowerCase()).toContain('x-content-type-options: nosniff')
    expect(answer).not.toContain('node_modules')
  })

  it('bytes that are no HTTP', async () => {
    expect(await send('\x10\x00MQTT nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"bad-request"/s)
  })

  it('a body that pollutes prototypes, or is no JSON', async () => {
    for (const body of ['{"__proto__":{"role":"admin"}}', '{"user":', '']) {
      const headers = { 'content-type': 'application/json' }
      const response = await api.ask('/api/v1/session', 'none', { method: 'POST', headers, body })
      expect(response.status).toBe(400)
      expect(Object.keys((await response.json()) as object)).toEqual(['error'])
    }
  })
})

describe('without a built console', () => {
  it('only the API answers', async () => {
    const bare = await startFakeApi({ consoleFolder: join(folder, 'not-built') })
    expect((await bare.ask('/', 'none')).status).toBe(404)
    expect((await bare.ask('/api/v1/health', 'none')).status).toBe(200)
    await bare.stop()
  })
})

describe('a port that is in use', () => {
  it('is one line that names the setting', async () => {
    const { services, stop } = await fakeServices()
    const error = await startApi(services, { host: '127.0.0.1', port: api.port }).catch(caught => caught)
    expect(error).toBeInstanceOf(StartError)
    expect(error.message).toMatch(/^port \d+ is in use; .*http\.port/)
    stop()
  })
})
