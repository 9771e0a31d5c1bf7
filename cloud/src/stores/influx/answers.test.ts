import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { InfluxConfig } from './config.ts'
import { FluxReadings } from './flux.ts'
import { InfluxQlReadings } from './influxql.ts'
import { InfluxSender } from './send.ts'

const TOKEN = 'very-secret-token'
const BOUNDS = { timeoutMs: 300, maxBytes: 100_000 }
const folder = mkdtempSync(join(tmpdir(), 'picket-answers-'))
const tokenFile = join(folder, 'token')
let answer: (response: ServerResponse) => void
let timers: NodeJS.Timeout[] = []
const server = createServer((request, response) => {
  request.resume()
  answer(response)
})
let config: InfluxConfig

beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  config = { url, version: 2, org: 'o', bucket: 'b', read: 'local', tokenFile }
})
beforeEach(() => writeFileSync(tokenFile, TOKEN))
afterAll(() => {
  for (const timer of timers) clearInterval(timer)
  timers = []
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})

const says = (text: string) => (response: ServerResponse) => response.writeHead(200).end(text)
const result = (part: object): string => JSON.stringify({ results: [{ statement_id: 0, ...part }] })
const rows = (...values: unknown[]): string => result({ series: [{ name: 'reading', columns: [], values }] })
const csv = (...lines: string[]): string =>
  `#datatype,string,long,dateTime:RFC3339,double,long\n#group,false,false,false,false,false\n#default,_result,,,,\n,result,table,_time,value,quality\n${lines.join('\n')}\n`

function endless(response: ServerResponse): void {
  const more = (): void => {
    while (response.write(' '.repeat(50_000))) {}
  }
  response.on('drain', more)
  more()
}
function dripping(response: ServerResponse): void {
  response.writeHead(200)
  timers.push(setInterval(() => response.write(' '), 20))
}
function broken(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '1000' })
  response.write('{"results"', () => response.destroy())
}
const NO_READINGS = 'answered with what are no readings'
const EITHER: [string, typeof answer, string][] = [
  ['a page of a proxy', says('<!doctype html><html><body>Please log in</body></html>'), NO_READINGS],
  ['no end of bytes', endless, 'answered with more than 100000 bytes'],
  ['ever another byte', dripping, 'The operation was aborted due to timeout'],
  ['half of what it announced', broken, 'terminated'],
  [
    'a redirect',
    response => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    'answered with status 302',
  ],
]

const T = Date.UTC(2026, 4, 1)
const query = (resolutionMs: number) => {
  return { device: 'd', quantity: 'x', from: T, to: T + 1000, resolutionMs, limit: 5 }
}

describe('InfluxQL that is answered with', () => {
  it.each([
    ...EITHER,
    ['half of a text', says('{"results":[{"series":[{"values":[[1,'), NO_READINGS],
    ['nothing', says(''), NO_READINGS],
    ['no result', says('{"results":[]}'), NO_READINGS],
    ['null', says('null'), NO_READINGS],
    ['rows that are none', says(result({ series: [{ values: 'abc' }] })), NO_READINGS],
    ['texts for numbers', says(rows([T, '1', 1])), NO_READINGS],
    ['rows that are short', says(rows([T, 1])), NO_READINGS],
    ['no quality', says(rows([T, 1, null])), NO_READINGS],
    [
      'the beginning of the rows',
      says(result({ partial: true, series: [] })),
      'answered with a part of the rows',
    ],
    ['its own mistake, and the token', says(result({ error: `no ${TOKEN}` })), 'no ***'],
  ])('%s gives an error that says so', async (_, given, told) => {
    answer = given
    await expect(new InfluxQlReadings(config, BOUNDS).range(query(0))).rejects.toThrow(told)
  })

  it('buckets that are not whole gives an error', async () => {
    answer = says(rows([T, null, null, null, 0, 1, 1]))
    await expect(new InfluxQlReadings(config, BOUNDS).range(query(60_000))).rejects.toThrow(NO_READINGS)
  })
})

describe('Flux that is answered with', () => {
  it.each([
    ...EITHER,
    ['texts for numbers', says(csv(',,0,2026-05-01T00:00:00Z,abc,1')), NO_READINGS],
    ['no time', says(csv(',,0,,1,1')), NO_READINGS],
    ['no quality', says(csv(',,0,2026-05-01T00:00:00Z,1,')), NO_READINGS],
    [
      'a mistake after the first rows, and the token',
      says(
        `${csv(',,0,2026-05-01T00:00:00Z,1,1')}\n#datatype,string,string\n#group,true,true\n#default,,\n,error,reference\n,engine: ${TOKEN},897\n`,
      ),
      'engine: ***',
    ],
  ])('%s gives an error that says so', async (_, given, told) => {
    answer = given
    await expect(new FluxReadings(config, BOUNDS).range(query(0))).rejects.toThrow(told)
  })
})

it('a server that is not there is said to be so', async () => {
  for (const readings of [InfluxQlReadings, FluxReadings]) {
    const nobody = new readings({ ...config, url: 'http://127.0.0.1:2' })
    await expect(nobody.range(query(0))).rejects.toThrow('not asked: ECONNREFUSED')
  }
})

it('a token of two lines is told to nobody', async () => {
  answer = says(rows([T, 1, 1]))
  writeFileSync(tokenFile, `${TOKEN}\nsecond line`)
  for (const readings of [new InfluxQlReadings(config), new FluxReadings(config)]) {
    const failure = await readings.range(query(0)).catch((error: Error) => error)
    expect(String(failure)).toMatch(/must hold the token in ASCII, one line/)
    expect(String(failure)).not.toContain(TOKEN)
  }
})

describe('a write that is answered with', () => {
  const refusing =
    (length: number) =>
    (response: ServerResponse): void => {
      response.writeHead(500, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ message: 'x'.repeat(length) }))
    }
  const line = 'reading,device=d value=1 1'

  it('no end of bytes is given up before they are gathered', async () => {
    const sender = new InfluxSender(config)
    answer = response => {
      response.writeHead(500, { 'content-type': 'application/json' })
      endless(response)
    }
    expect(await sender.send([line])).toEqual({
      kind: 'unavailable',
      error: 'not sent: an answer of more than 65536 bytes',
    })
    sender.close()
  })

  it('long words, again and again over one connection, is told their beginning', async () => {
    const sender = new InfluxSender(config)
    answer = refusing(40_000)
    for (let at = 0; at < 4; at++)
      expect(await sender.send([line])).toEqual({
        kind: 'unavailable',
        error: `answered with status 500: ${'x'.repeat(300)}`,
      })
    sender.close()
  })
})
