import { describe, expect, it } from 'vitest'
import { BlockTransfers, MAX_BODY_BYTES, readBlock } from './block-transfers.ts'
import { EXCHANGE_LIFETIME_MS, Exchanges } from './exchanges.ts'

const REQUEST = Buffer.from('request')

describe('exchanges', () => {
  it('are known by peer and bytes for their lifetime', () => {
    let nowMs = 0
    const exchanges = new Exchanges(() => nowMs)
    expect(exchanges.meet('a', REQUEST).isNew).toBe(true)
    nowMs = EXCHANGE_LIFETIME_MS - 1
    expect(exchanges.meet('a', REQUEST).isNew).toBe(false)
    expect(exchanges.meet('b', REQUEST).isNew).toBe(true)
    nowMs = EXCHANGE_LIFETIME_MS
    expect(exchanges.meet('a', REQUEST).isNew).toBe(true)
  })

  it('are bounded in number', () => {
    const exchanges = new Exchanges(() => 0)
    for (let at = 0; at < 12_000; at++) exchanges.meet('a', Buffer.from(String(at)))
    expect(exchanges.size).toBe(10_000)
    expect(exchanges.meet('a', Buffer.from('11999')).isNew).toBe(false)
    expect(exchanges.meet('a', Buffer.from('0')).isNew).toBe(true)
  })
})

describe('messages in blocks', () => {
  const block = (number: number, more: boolean) => ({ number, more, sizeBytes: 1024 })

  it('are bounded in length', () => {
    const transfers = new BlockTransfers(() => 0)
    const last = MAX_BODY_BYTES / 1024
    for (let number = 0; number < last; number++)
      expect(transfers.add('a', block(number, true), Buffer.alloc(1024))).toBe('continue')
    expect(transfers.add('a', block(last, false), Buffer.alloc(1))).toBe('too-large')
    expect(transfers.add('a', block(last, false), Buffer.alloc(1))).toBe('incomplete')
  })

  it('are bounded in number and time', () => {
    let nowMs = 0
    const transfers = new BlockTransfers(() => nowMs)
    const begin = (key: string) => transfers.add(key, block(0, true), Buffer.alloc(1024))
    const end = (key: string) => transfers.add(key, block(1, false), Buffer.alloc(1))
    for (let at = 0; at < 65; at++) begin(`peer-${at}`)
    expect(end('peer-0')).toBe('incomplete')
    expect(end('peer-1')).toMatchObject({ body: expect.anything() })
    nowMs = EXCHANGE_LIFETIME_MS
    expect(end('peer-2')).toBe('incomplete')
  })

  it('are told from what is no block', () => {
    expect(readBlock(Buffer.alloc(0))).toEqual({ number: 0, more: false, sizeBytes: 16 })
    expect(readBlock(Buffer.of(0xff, 0xff, 0xfe))).toEqual({ number: 0xfffff, more: true, sizeBytes: 1024 })
    expect(readBlock(Buffer.of(0x07))).toBeUndefined()
    expect(readBlock(Buffer.alloc(4))).toBeUndefined()
  })
})
