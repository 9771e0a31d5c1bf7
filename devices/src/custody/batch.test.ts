import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Batch, decodeBatch, decodeBatchHeader, encodeBatch } from './batch.ts'
import { encodeBody } from './body.ts'

interface Vectors {
  valid: (Batch & { name: string; body: string; batch: string })[]
  faulty: { name: string; batch: string; fault: string }[]
}
const vectors: Vectors = JSON.parse(readFileSync(new URL('./vectors/batches.json', import.meta.url), 'utf8'))

describe('a batch', () => {
  it.each(vectors.valid)(
    'is as the vector says: $name',
    ({ epoch, lane, firstSeq, records, body, batch }) => {
      const expected = { epoch, lane, firstSeq, records }
      expect(decodeBatch(Buffer.from(batch, 'hex'))).toEqual(expected)
      expect(encodeBody(records).toString('hex')).toBe(body)
      // Another zstd may compress otherwise: what counts is that it can be read.
      expect(decodeBatch(encodeBatch(expected))).toEqual(expected)
      expect(decodeBatchHeader(Buffer.from(batch, 'hex'))).toEqual({
        epoch,
        lane,
        firstSeq,
        count: records.length,
      })
    },
  )

  it.each(vectors.faulty)('is refused by name: $name', ({ batch, fault }) => {
    expect(decodeBatch(Buffer.from(batch, 'hex'))).toMatchObject({ code: fault })
  })

  it('never lets garbage throw', () => {
    const good = Buffer.from(vectors.valid[1]?.batch as string, 'hex')
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, where, change) => {
          decodeBatch(bytes)
          const changed = Buffer.from(good)
          const at = where % good.length
          changed[at] = (changed[at] as number) ^ change
          expect(decodeBatch(changed)).toHaveProperty('code')
        },
      ),
    )
  })
})
