import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressOf, Client, cloudAddress, refusalOf } from './client.ts'
import { expandNames } from './names.ts'
import { readQuery } from './query.ts'

const HOSTILE = [
  '../../../api/v1/rules',
  '..',
  '.',
  '%2e%2e%2f',
  'a b',
  'a,b',
  '"\'`',
  'a\nb\r\n\r\nGET / HTTP/1.1',
  '&from=0',
  '#hash',
  '?x=1',
  '\\..\\',
  '裂缝 🏔️',
  '${token}',
  '{{ .SecureJsonData.token }}',
  '\u0000',
  'x'.repeat(1024),
]
const name = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 1024 }))

describe('an address', () => {
  it('holds names in its query alone, and as they are', () => {
    fc.assert(
      fc.property(name, name, name, (device, quantity, resolution) => {
        const url = new URL(
          addressOf('series', { device, quantity, resolution, from: 1, to: 2 }),
          'http://grafana/api/datasources/proxy/uid/u/',
        )
        expect(url.pathname).toBe('/api/datasources/proxy/uid/u/picket/series')
        expect(url.hash).toBe('')
        expect([...url.searchParams]).toEqual([
          ['device', device],
          ['quantity', quantity],
          ['resolution', resolution],
          ['from', '1'],
          ['to', '2'],
        ])
      }),
    )
  })

  it('is that of a route which the proxy lets through, whatever is asked for', async () => {
    await fc.assert(
      fc.asyncProperty(name, name, async (one, other) => {
        const asked: string[] = []
        const client = new Client(async address => {
          asked.push(address)
          return { alarms: [] }
        })
        await client.series({ device: one, quantity: other, resolution: one, from: 0, to: 1 })
        await client.alarms({ limit: 1, site: one, level: other, state: one })
        for (const address of asked) expect(address).toMatch(/^picket\/(series|alarms)\?[\w*+.%&=-]*$/)
      }),
    )
  })
})

describe('the address of the cloud', () => {
  it.each([
    [' https://picket.example.org// ', 'https://picket.example.org'],
    ['https://user:pass@word@picket.example.org/x', 'https://picket.example.org/x'],
    ['https://picket.example.org/@x', 'https://picket.example.org/@x'],
  ])('%j is kept as %j', (typed, kept) => expect(cloudAddress(typed)).toBe(kept))
})

describe('names', () => {
  it('are what a variable holds, letter by letter', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name.filter(Boolean), { minLength: 1 }), values => {
        for (const reference of ['$device', '${device}', '${device:csv}', '[[device]]']) {
          expect(expandNames([reference], (_, format) => format(values))).toEqual(values)
        }
      }),
    )
  })

  it('that refer to nothing are names', () => {
    expect(expandNames(['a $b', '$nothing', '${}'], text => text)).toEqual(['a $b', '$nothing', '${}'])
  })

  it('of a variable without a value are none, and not all', () => {
    expect(expandNames(['$device'], (_, format) => format([]))).toEqual([])
    expect(expandNames([], () => '')).toBeUndefined()
  })

  it('beside a variable stand for themselves, once', () => {
    expect(expandNames(['b', '$x'], (_, format) => format(['a', 'b']))).toEqual(['b', 'a'])
  })
})

describe('a saved query', () => {
  it('has its defaults', () => {
    expect(readQuery({})).toMatchObject({
      refId: 'A',
      kind: 'readings',
      resolution: 'auto',
      devices: [],
      live: false,
    })
  })

  it.each([
    [null, /object/],
    ['select 1', /object/],
    [{ kind: 'sql' }, /^kind must be one of readings/],
    [{ devices: 'crack-1' }, /^devices must be a list/],
    [{ devices: [{}] }, /^devices must be a list/],
    [{ quantities: Array(1001).fill('x') }, /at most 1000/],
    [{ devices: ['x'.repeat(1025)] }, /^devices/],
    [{ resolution: 5 }, /^resolution must be a text/],
    [{ state: 'constructor' }, /^state/],
  ])('%j is refused', (saved, fault) => {
    expect(() => readQuery(saved)).toThrow(fault)
  })

  it('is read or refused with words, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything(), saved => {
        try {
          readQuery(saved)
        } catch (error) {
          expect((error as Error).message).toMatch(/ must be /)
        }
      }),
    )
  })
})

describe('a failure', () => {
  it.each([
    [
      { status: 404, data: { error: { code: 'not-found', message: 'no such', hint: 'look' } } },
      'not-found',
      'no such (look)',
    ],
    [
      { status: 400, data: 'Authentication to data source failed' },
      'http-400',
      'Authentication to data source failed',
    ],
    [{ status: 502, data: { message: 'Bad Gateway' } }, 'http-502', 'Bad Gateway'],
    [{ status: 504, statusText: 'Gateway Timeout' }, 'http-504', 'Gateway Timeout'],
    [new Error('Failed to fetch'), 'http-0', 'Failed to fetch'],
    [undefined, 'http-0', 'no answer from the Picket cloud'],
  ])('%# is told in words', (failure, code, message) => {
    expect(refusalOf(failure)).toMatchObject({ code, message })
  })
})
