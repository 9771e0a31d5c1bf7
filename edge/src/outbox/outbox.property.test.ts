import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RangeSet } from '@picket/devices'
import { SteppedClock } from '@picket/devices/runtime'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Outbox } from './outbox.ts'

const TAIL_MS = 100

const command = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('settle' as const), at: fc.nat(200), length: fc.nat(30), epoch: fc.nat(3) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(80) }),
  fc.record({ kind: fc.constant('tidy' as const) }),
  fc.record({ kind: fc.constant('welcome' as const) }),
  fc.record({ kind: fc.constant('reopen' as const) }),
)

// What an outbox must hold is known from the commands alone: every value appended, less what the cloud has.
it('loses nothing and sends nothing needless, whatever happens in which order', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), commands => {
      const folder = mkdtempSync(join(tmpdir(), 'picket-outbox-'))
      const clock = new SteppedClock(1e12)
      let minted = 0
      const open = (): Outbox =>
        Outbox.open({
          folder,
          epoch: (++minted).toString(16).padStart(32, '0'),
          clock,
          maxBytes: 1e9,
          tailMs: TAIL_MS,
          tailMaxBytes: 1e9,
        })
      let outbox = open()
      let value = 0
      const appended = new Map<string, number[]>()
      const cloud = new Map<string, RangeSet>()
      try {
        for (const step of commands) {
          if (step.kind === 'append') {
            const first = value
            value += step.count
            outbox.append(
              Array.from({ length: step.count }, (_, at) => ({
                device: 'd',
                quantity: 'q',
                t: 1e12,
                v: first + at,
                q: 2,
              })),
            )
            const values = appended.get(outbox.current.epoch) ?? []
            for (let v = first; v < value; v++) values.push(v)
            appended.set(outbox.current.epoch, values)
          } else if (step.kind === 'settle') {
            const [epoch, values] = [...appended][step.epoch % Math.max(1, appended.size)] ?? []
            if (!epoch || !values || step.at >= values.length) continue
            const last = Math.min(step.at + step.length, values.length - 1)
            const set = cloud.get(epoch) ?? new RangeSet()
            set.add(step.at, last)
            cloud.set(epoch, set)
            outbox.settle({ [epoch]: [[step.at, last]] })
          } else if (step.kind === 'wait') clock.advanceTo(clock.now() + step.ms)
          else if (step.kind === 'tidy') outbox.maintain()
          else if (step.kind === 'welcome')
            outbox.compare(
              outbox.describe(),
              Object.fromEntries([...cloud].map(([epoch, set]) => [epoch, [...set.ranges]])),
            )
          else {
            outbox.close()
            outbox = open()
          }
          for (const [epoch, values] of appended) {
            const state = outbox.epochs.find(candidate => candidate.epoch === epoch)
            values.forEach((v, seq) => {
              if (cloud.get(epoch)?.has(seq)) return expect(state?.settled.has(seq) ?? true).toBe(true)
              expect(state?.settled.has(seq)).toBe(false)
              expect(state && outbox.read(state, seq, seq)).toMatchObject([{ v }])
            })
          }
          expect(outbox.pendingRecords).toBe(
            value - [...cloud.values()].reduce((sum, set) => sum + set.size, 0),
          )
        }
      } finally {
        outbox.close()
        rmSync(folder, { recursive: true })
      }
    }),
    { numRuns: 40 },
  )
})
