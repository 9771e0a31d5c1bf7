import { StartError } from '@picket/devices'
import type { CloudClient } from '@picket/rules/cloud-access'
import { describe, expect, it } from 'vitest'
import { type ClockWish, listClocks, tellClock } from './clock-command.ts'

const HOUR = 3_600_000
const NOON = Date.UTC(2026, 10, 29, 12)
const A = 'aa'.repeat(16)
const B = 'bb'.repeat(16)
const stretch = (epoch: string, first: number, last: number, waiting: number) => ({
  ...{ epoch, first, last, waiting, at: NOON, by: null, reason: null },
  ...{ stampedFromMs: 8000, offsetMs: NOON - 8000, uncertaintyMs: HOUR },
})

/** A cloud that knows these stretches, and what it was told. */
function cloudWith(clocks: ReturnType<typeof stretch>[]) {
  const told: object[] = []
  const cloud = {
    get: async () => ({ clocks }),
    post: async (path: string, body: object) => {
      told.push({ path, ...body })
      return { taken: 7, waiting: 0 }
    },
  } as unknown as CloudClient
  return { cloud, told }
}

const REASON = 'by the diary'
const both = [stretch(A, 0, 9, 7), stretch(B, 20, 29, 5), stretch(B, 40, 49, 0)]

describe('picket-cloud clock', () => {
  it('lists what waits, and between which times it lies', async () => {
    expect(await listClocks(cloudWith(both).cloud, 'gw-1')).toBe(
      `epoch ${A}, records 0-9: 7 readings wait; the clock said 1970-01-01T00:00:08.000Z when it was some time from 2026-11-29T11:00:00.000Z to 2026-11-29T13:00:00.000Z\n` +
        `epoch ${B}, records 20-29: 5 readings wait; the clock said 1970-01-01T00:00:08.000Z when it was some time from 2026-11-29T11:00:00.000Z to 2026-11-29T13:00:00.000Z`,
    )
    expect(await listClocks(cloudWith([]).cloud, 'gw-1')).toBe('no reading waits for its time')
  })

  it.each([
    [
      { epoch: 'a', began: '2026-11-29T12:00:00Z' },
      { epoch: A, first: 0, last: 9, offsetMs: NOON - 8000 },
    ],
    [
      { epoch: 'b', began: '2026-11-29T20:00+08:00' },
      { epoch: B, first: 20, last: 29, offsetMs: NOON - 8000 },
    ],
    [
      { records: '22-23', offset: '-1h30m' },
      { epoch: B, first: 22, last: 23, offsetMs: -1.5 * HOUR },
    ],
    [
      { epoch: A, offset: '+0.5ms' },
      { epoch: A, first: 0, last: 9, offsetMs: 1 },
    ],
  ] as [ClockWish, object][])('tells %j', async (wish, word) => {
    const { cloud, told } = cloudWith(both)
    expect(await tellClock(cloud, 'gw 1', { ...wish, reason: REASON })).toContain('7 readings are stored now')
    expect(told).toEqual([{ path: '/gateways/gw%201/clocks', ...word, reason: REASON }])
  })

  it.each([
    [{ offset: '+1h' }, /name one by --epoch and --records:\nepoch aa/],
    [{ epoch: 'c', offset: '+1h' }, /name one/],
    [{ epoch: 'a', offset: '1h' }, /\+1h30m/],
    [{ epoch: 'a', began: '2026-11-29T12:00' }, /time with its zone/],
    [{ epoch: 'a', began: 'noon' }, /time with its zone/],
    [{ epoch: 'a' }, /either --began or --offset/],
    [{ epoch: 'a', offset: '+1h', began: '2026-11-29T12:00Z' }, /either/],
    [{ records: '9-0', offset: '+1h' }, /no range/],
    [{ epoch: 'a', offset: '+1h', reason: undefined }, /--reason is missing/],
  ] as [ClockWish, RegExp][])('understands no %j, and says why', async (wish, message) => {
    const { cloud, told } = cloudWith(both)
    const failing = tellClock(cloud, 'gw-1', { reason: REASON, ...wish })
    await expect(failing).rejects.toThrow(StartError)
    await expect(failing).rejects.toThrow(message)
    expect(told).toEqual([])
  })
})
