import { expect, it } from 'vitest'
import type { IntakeMessage } from '../intake/intake.ts'
import { Reception } from './reception.ts'

it('a message that makes its codec fail is refused alone', () => {
  const offered: IntakeMessage[] = []
  const clock = { now: () => Date.UTC(2026, 6, 1), running: () => 0, after: () => () => {} }
  const reception = new Reception({ gateway: 'gw', clock, offer: message => offered.push(message) })
  const decode = () => {
    throw new RangeError('Maximum call stack size exceeded')
  }
  reception.take({ origin: 'sensors/a/b', payload: Buffer.from('{'), decode, done: () => {} })
  expect(offered.map(message => message.records())).toEqual([
    {
      records: [],
      faults: [
        {
          code: 'codec-failed',
          message: 'the message made its codec fail: Maximum call stack size exceeded',
        },
      ],
    },
  ])
})
