import type { CustodyRecord, Reading } from '@picket/devices'
import { expect, it } from 'vitest'
import { thin } from './thinning.ts'

const readings = (device: string, values: number[]): Reading[] =>
  values.map((v, at) => ({ device, quantity: 'level', t: 1e12 + at, v, q: 2 }))

it('keeps of each eight readings of a series the lowest and the highest', () => {
  const series = readings('gauge', [3, 1, 4, 1, 5, 9, 2, 6])
  const other = readings('other', [7, 7, 7])
  const rejected: CustodyRecord = {
    note: { type: 'rejected', at: 1, source: 's', reason: 'r', count: 1, sample: '' },
  }
  const gap: CustodyRecord = {
    note: { type: 'gap', epoch: 'a'.repeat(32), first: 0, last: 1, reason: 'r' },
  }
  expect(thin([...series, rejected, gap, ...other])).toEqual([series[1], series[5], rejected, other[0]])
})
