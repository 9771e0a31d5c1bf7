import { generateKeyPairSync } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DesiredState, openDesired, signDesired } from './desired.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const NOW = Date.UTC(2026, 10, 29)

const STATE: DesiredState = {
  gateway: 'gw-1',
  revision: 7,
  issuedAt: NOW,
  expiresAt: NOW + 1000,
  packs: [],
  models: [],
  sites: [],
  devices: [],
  overrides: [{ output: 'siren', on: false, until: NOW + 5, by: 'chen', reason: 'test of the horn' }],
}
const expected = { gateway: 'gw-1', newest: 6, now: NOW }
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const open = (payload: Uint8Array, other: Partial<typeof expected> = {}) =>
  openDesired(payload, publicKey, { ...expected, ...other })

describe('a desired state', () => {
  it('is what the cloud signed', () => {
    expect(open(bytes(signDesired(STATE, privateKey)))).toEqual(STATE)
  })

  it.each([
    ['another gateway', { gateway: 'gw-2' }, 'desired-gateway'],
    ['a revision that is here already', { newest: 7 }, 'desired-old'],
    ['one that came too late', { now: NOW + 1000 }, 'desired-expired'],
  ])('is refused: %s', (_, other, code) => {
    expect(open(bytes(signDesired(STATE, privateKey)), other)).toMatchObject({ code })
  })

  it('is refused with the signature of another key', () => {
    const other = generateKeyPairSync('ed25519').privateKey
    expect(open(bytes(signDesired(STATE, other)))).toMatchObject({ code: 'desired-signature' })
  })

  it('is refused, signed or not, where it is not as the contract says', () => {
    expect(open(Buffer.from('nothing'))).toMatchObject({ code: 'desired-shape' })
    expect(open(bytes({ state: '{}', signature: 'x' }))).toMatchObject({ code: 'desired-shape' })
    const odd = { ...STATE, packs: 'none' } as unknown as DesiredState
    expect(open(bytes(signDesired(odd, privateKey)))).toMatchObject({ code: 'desired-shape' })
  })

  it('is refused, or is what the cloud signed, with one bit changed', () => {
    const sent = bytes(signDesired(STATE, privateKey))
    fc.assert(
      fc.property(fc.nat(sent.length - 1), fc.nat(7), (at, bit) => {
        const changed = Buffer.from(sent)
        changed[at] = (changed[at] as number) ^ (1 << bit)
        const opened = open(changed)
        return 'code' in opened || isDeepStrictEqual(opened, STATE)
      }),
    )
  })
})
