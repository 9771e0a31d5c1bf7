import fc from 'fast-check'
import { expect, it } from 'vitest'
import { seal, unseal } from './seal.ts'

const message = { nonce: '1'.repeat(32), settled: { ['a'.repeat(32)]: [[0, 41]] } }

it('gives back what was sealed, and takes a message without a check', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), value => {
      const plain = JSON.parse(JSON.stringify(value))
      expect(unseal(Buffer.from(seal(plain)))).toEqual(plain)
    }),
  )
  expect(unseal(Buffer.from(JSON.stringify(message)))).toEqual(message)
})

it('notices every single bit that was changed in a value', () => {
  const sealed = Buffer.from(seal(message))
  for (let at = 0; at < sealed.length * 8; at++) {
    const changed = Buffer.from(sealed)
    changed[at >> 3]! ^= 1 << (at & 7)
    const read = unseal(changed)
    // Where the check's own name is hit, it stands in the message as a member that no schema knows.
    if (read !== undefined) expect(Object.keys(read as object)).not.toEqual(Object.keys(message))
  }
})
