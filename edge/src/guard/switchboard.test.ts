import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AT_REST, Switchboard } from './switchboard.ts'

const board = (minOffMs = 0): Switchboard => new Switchboard(new Map([['pump', { minOffMs }]]), new Map())
const alarm = new Map([['pump', 'rule oxygen at pond-1: red']])
const calm = new Map<string, string>()
const none = { overrides: [] }
const byHand = (on: boolean, until: number) => [{ output: 'pump', on, until, by: 'li', reason: 'repair' }]

describe('a switchboard', () => {
  it('says once that an output goes on, and once that it goes off', () => {
    const one = board()
    expect(one.decide(alarm, { ...none, now: 1 }).commands).toEqual([
      { output: 'pump', on: true, why: 'rule oxygen at pond-1: red' },
    ])
    expect(one.decide(alarm, { ...none, now: 2 }).commands).toEqual([])
    expect(one.decide(calm, { ...none, now: 3 }).commands).toEqual([
      { output: 'pump', on: false, why: AT_REST },
    ])
  })

  it('switches an output off at the first look, whose state nobody knows', () => {
    expect(board().decide(calm, { ...none, now: 1 }).commands).toMatchObject([{ on: false }])
  })

  it('lets what a person set go before the alarms until its time is over', () => {
    const one = board()
    one.decide(alarm, { ...none, now: 1 })
    const { commands, againAt } = one.decide(alarm, { overrides: byHand(false, 100), now: 2 })
    expect(commands).toEqual([{ output: 'pump', on: false, why: 'by hand: li, repair' }])
    expect(againAt).toBe(100)
    expect(one.decide(alarm, { overrides: byHand(false, 100), now: 100 }).commands).toMatchObject([
      { on: true },
    ])
  })

  it('never turns an output on again before its least time off, and says when it can', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.record({ wants: fc.boolean(), byHand: fc.option(fc.boolean()), pause: fc.nat(20) })),
        (minOffMs, steps) => {
          const one = board(minOffMs)
          let now = 0
          let offSince = Number.NEGATIVE_INFINITY
          for (const { wants, byHand: hand, pause } of steps) {
            now += pause
            const overrides = hand === null ? [] : byHand(hand, now + 5)
            const { commands, againAt } = one.decide(wants ? alarm : calm, { overrides, now })
            for (const { on } of commands) {
              if (on && now < offSince + minOffMs) return false
              if (!on) offSince = now
            }
            const waits = (hand ?? wants) && one.states.get('pump')?.told !== true
            if (waits && againAt > offSince + minOffMs) return false
          }
          return true
        },
      ),
    )
  })
})
