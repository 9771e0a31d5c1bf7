import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import type { Log } from '@picket/devices/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Folders } from '../testing/test-gateway.ts'
import { type MetricsPage, openMetricsPage } from './metrics-page.ts'
import type { MetricsSection } from './metrics-section.ts'

const TOKEN = '0123456789abcdef0123456789abcdef'
const folders = new Folders()
let folder: string
let logged: object[]
let refused: number
let pages: MetricsPage[]

beforeEach(() => {
  folder = folders.make()
  writeFileSync(join(folder, 'token'), `${TOKEN}\n`)
  logged = []
  refused = 0
  pages = []
})
afterEach(async () => {
  for (const page of pages) await page.stop()
  folders.remove()
})

async function open(section: Partial<MetricsSection> = {}): Promise<MetricsPage> {
  const page = await openMetricsPage(
    { host: '127.0.0.1', port: 0, tokenFile: 'token', ...section },
    {
      text: () => 'a 1\n',
      resolve: path => join(folder, path),
      log: { error: (fields: object) => logged.push(fields) } as unknown as Log,
      onRefused: () => refused++,
    },
  )
  pages.push(page)
  return page
}

describe('the page for Prometheus', () => {
  it.each([
    ['is open to other machines', { host: '0.0.0.0' }],
    ['cannot read', { tokenFile: 'nowhere' }],
    ['cannot read', { tls: { certFile: 'nowhere', keyFile: 'nowhere' } }],
  ] as const)('is not opened where it %s', async (words, section) => {
    await expect(open(section)).rejects.toThrow(words)
  })

  it('is not opened with a token that can be guessed', async () => {
    writeFileSync(join(folder, 'token'), 'secret\n')
    await expect(open()).rejects.toThrow('shorter than 32 characters')
  })

  it('says that its port is taken, and costs the gateway nothing else', async () => {
    const { port } = await open()
    const second = await open({ port: port as number })
    expect(second.port).toBeUndefined()
    expect(logged).toMatchObject([{ error: { code: 'EADDRINUSE' } }])
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    })
    expect(await answer.text()).toBe('a 1\n')
    expect(refused).toBe(0)
  })

  it.skipIf(!existsSync('/usr/bin/openssl'))('speaks TLS where it is set', async () => {
    const words = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=g',
    ]
    const [certFile, keyFile] = ['cert', 'key'] as const
    execFileSync('openssl', [...words, '-keyout', join(folder, keyFile), '-out', join(folder, certFile)], {
      stdio: 'ignore',
    })
    const { port } = await open({ tls: { certFile, keyFile } })
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { authorization: `Bearer ${TOKEN}` }
      request({ port, path: '/metrics', headers, rejectUnauthorized: false }, answer => {
        answer.resume()
        resolve(answer.statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(200)
  })
})
