import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RangeQuery } from '../ports.ts'
import { FluxReadings, readingsInFlux } from './flux.ts'
import { bucketStatement, readingStatement } from './influxql.ts'
import { tagToName } from './line-protocol.ts'

const MARKUP = [
  '"',
  "'",
  '\\',
  '\\"',
  "\\'",
  '${',
  '$device',
  '\n',
  '\0',
  ')',
  '|>',
  ';',
  '--',
  '/*',
  '🌊',
  '%27',
  '\ud800',
]
const name = fc
  .array(fc.oneof(fc.constantFrom(...MARKUP), fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 30 })
  .map(parts => parts.join(''))

const T = Date.UTC(2026, 4, 1)
const query = (device: string, quantity: string): RangeQuery => {
  return { device, quantity, from: T, to: T + 1000, resolutionMs: 60_000, limit: 5 }
}

/** The query with each string literal as `?`, and what the literals say. */
function taken(text: string, literal: RegExp): { shape: string; said: string[] } {
  const said: string[] = []
  const shape = text.replace(literal, one => {
    said.push(one.slice(1, -1).replace(/\\(.)/gs, '$1'))
    return '?'
  })
  return { shape, said }
}

const IN_INFLUXQL = /'(?:[^'\\]|\\.)*'/gs
const IN_FLUX = /"(?:[^"\\]|\\.)*"/gs

describe('a query for a series of whatever name', () => {
  it.each([
    ['readings', readingStatement],
    ['buckets', bucketStatement],
  ])('in InfluxQL asks for %s of this series and does nothing else', (_, statement) => {
    const { shape } = taken(statement(query('d', 'x'), false).q, IN_INFLUXQL)
    fc.assert(
      fc.property(name, name, (device, quantity) => {
        const found = taken(statement(query(device, quantity), false).q, IN_INFLUXQL)
        expect(found.shape).toBe(shape)
        expect(found.said.map(tagToName)).toEqual([device, quantity])
        const bound = statement(query(device, quantity), true)
        expect(bound.q).toBe(statement(query('', ''), true).q)
        expect(Object.values(bound.params ?? {}).map(tagToName)).toEqual([device, quantity])
      }),
      { numRuns: 500 },
    )
  })

  it('in Flux asks for the readings of this series and does nothing else', () => {
    const { shape } = taken(readingsInFlux('b', query('d', 'x')), IN_FLUX)
    fc.assert(
      fc.property(name, name, name, (bucket, device, quantity) => {
        const flux = readingsInFlux(bucket, query(device, quantity))
        const found = taken(flux, IN_FLUX)
        expect(found.shape).toBe(shape)
        expect([found.said[4], found.said[5]].map(one => tagToName(one as string))).toEqual([
          device,
          quantity,
        ])
        // A string that holds a dollar and a brace would be computed.
        expect(flux.replaceAll('\\\\', '').replaceAll('\\${', '')).not.toContain('${')
      }),
      { numRuns: 500 },
    )
  })
})

it('Flux answers become points', async () => {
  let asked = ''
  const server = createServer(async (request, response) => {
    asked = `${request.url} ${request.headers.authorization} ${await text(request)}`
    response.writeHead(200, { 'content-type': 'text/csv' })
    response.end(
      `#datatype,string,long,dateTime:RFC3339,double,long
#group,false,false,false,false,false
#default,_result,,,,
,result,table,_time,value,quality
,,0,2026-05-01T00:00:00.001Z,1.5,1
,,0,2026-05-01T00:00:00.001Z,1.5,4
,,0,2026-05-01T00:00:00.002Z,2.5,3
,,0,2026-05-01T00:00:00.003Z,9,0
,,0,2026-05-01T00:01:00Z,4,1
`.replaceAll('\n', '\r\n'),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const readings = new FluxReadings({ url, version: 2, org: 'an org', bucket: 'b', read: 'flux' })
  try {
    expect(await readings.range(query('d', 'x'))).toEqual([
      { t: T, v: 2, min: 1.5, max: 2.5, count: 2, q: 4 },
      { t: T + 60_000, v: 4, min: 4, max: 4, count: 1, q: 1 },
    ])
    expect(asked).toContain('/api/v2/query?org=an%20org')
  } finally {
    server.close()
  }
})
