import { decodeBatch, encodeBatch, NoteBody } from '@picket/devices'
import { SteppedClock } from '@picket/devices/runtime'
import { Value } from 'typebox/value'
import { expect, it } from 'vitest'
import { Rejections } from './rejections.ts'

const fault = (code: string) => ({ code, message: `about ${code}` })

it('counts by source and reason until it is asked', () => {
  const clock = new SteppedClock(5)
  const rejections = new Rejections(clock)
  rejections.add('a', fault('x'), Buffer.from('first'))
  rejections.add('b', fault('x'))
  clock.advanceTo(9)
  rejections.add('a', fault('x'), Buffer.from('second'))
  const notes = rejections.take()
  expect(notes).toEqual([
    { type: 'rejected', at: 9, source: 'a', reason: 'x: about x', count: 2, sample: 'first' },
    { type: 'rejected', at: 5, source: 'b', reason: 'x: about x', count: 1, sample: '' },
  ])
  expect(rejections.take()).toEqual([])
  rejections.add('a', fault('x'), Buffer.from('third'))
  rejections.restore(notes)
  expect(rejections.take().map(({ source, count }) => [source, count])).toEqual([
    ['a', 3],
    ['b', 1],
  ])
  expect(rejections.total).toBe(4)
})

it('stays small, and loses no count, however many sources there are', () => {
  const rejections = new Rejections(new SteppedClock(0))
  for (let at = 0; at < 1000; at++) rejections.add(`source-${at}`, fault('x'))
  const notes = rejections.take()
  expect(notes).toHaveLength(256)
  expect(notes.reduce((sum, { count }) => sum + count, 0)).toBe(1000)
})

it('makes notes that fit the contract, whatever the input', () => {
  const rejections = new Rejections(new SteppedClock(1e12))
  for (const text of ['\u0000'.repeat(5000), '\ud800'.repeat(5000), '"\\'.repeat(5000), '山'.repeat(5000)])
    rejections.add(text, { code: 'x', message: text }, Buffer.from(text))
  const records = rejections.take().map(note => ({ note }))
  expect(records.every(({ note }) => Value.Check(NoteBody, note))).toBe(true)
  const bytes = encodeBatch({ epoch: '0'.repeat(32), lane: 1, firstSeq: 0, records })
  expect(decodeBatch(bytes)).toMatchObject({ records })
})
