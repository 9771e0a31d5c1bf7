import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RangeSet } from '@picket/devices'
import { SteppedClock } from '@picket/devices/runtime'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Outbox } from './outbox.ts'

const T = 1e12
const TAIL_MS = 100

const command = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('settle' as const), at: fc.nat(200), length: fc.nat(30), epoch: fc.nat(3) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(80) }),
  fc.record({ kind: fc.constant('tidy' as const) }),
  fc.record({ kind: fc.constant('welcome' as const) }),
  fc.record({ kind: fc.constant('reopen' as const) }),
)
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never

/** An outbox beside what it must hold, which is known from the commands alone. */
class Model {
  readonly folder = mkdtempSync(join(tmpdir(), 'picket-outbox-'))
  readonly clock = new SteppedClock(T)
  readonly appended = new Map<string, number[]>()
  readonly cloud = new Map<string, RangeSet>()
  #epochs = 0
  #value = 0
  outbox = this.#open()

  run(step: Command): void {
    if (step.kind === 'append') this.#append(step.count)
    else if (step.kind === 'settle') this.#settle(step)
    else if (step.kind === 'wait') this.clock.advanceTo(this.clock.now() + step.ms)
    else if (step.kind === 'tidy') this.outbox.maintain()
    else if (step.kind === 'welcome') {
      const settled = [...this.cloud].map(([epoch, set]) => [epoch, [...set.ranges]])
      this.outbox.compare(this.outbox.describe(), Object.fromEntries(settled))
    } else {
      this.outbox.close()
      this.outbox = this.#open()
    }
  }

  /** Everything appended is held and waits, or the cloud has it. */
  check(): void {
    let waiting = 0
    for (const [epoch, values] of this.appended) {
      const state = this.outbox.epochs.find(candidate => candidate.epoch === epoch)
      for (const [seq, v] of values.entries()) {
        const known = this.cloud.get(epoch)?.has(seq) ?? false
        expect(state?.settled.has(seq) ?? true).toBe(known)
        if (known) continue
        waiting++
        expect(state && this.outbox.read(state, seq, seq)).toMatchObject([{ v }])
      }
    }
    expect(this.outbox.pendingRecords).toBe(waiting)
  }

  end(): void {
    this.outbox.close()
    rmSync(this.folder, { recursive: true })
  }

  #append(count: number): void {
    const values = Array.from({ length: count }, () => this.#value++)
    this.outbox.append(values.map(v => ({ device: 'd', quantity: 'q', t: T, v, q: 2 })))
    const { epoch } = this.outbox.current
    this.appended.set(epoch, [...(this.appended.get(epoch) ?? []), ...values])
  }

  #settle({ at, length, epoch: which }: { at: number; length: number; epoch: number }): void {
    const [epoch, values] = [...this.appended][which % Math.max(1, this.appended.size)] ?? []
    if (!epoch || !values || at >= values.length) return
    const last = Math.min(at + length, values.length - 1)
    const set = this.cloud.get(epoch) ?? new RangeSet()
    set.add(at, last)
    this.cloud.set(epoch, set)
    this.outbox.settle({ [epoch]: [[at, last]] })
  }

  #open(): Outbox {
    const epoch = (++this.#epochs).toString(16).padStart(32, '0')
    const limits = { maxBytes: 1e9, maxAgeMs: 1e12, tailMs: TAIL_MS, tailMaxBytes: 1e9, reserveBytes: 0 }
    return Outbox.open({ folder: this.folder, token: () => epoch, clock: this.clock, ...limits })
  }
}

it('loses nothing and forgets nothing, whatever happens in which order', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), commands => {
      const model = new Model()
      try {
        for (const step of commands) {
          model.run(step)
          model.check()
        }
      } finally {
        model.end()
      }
    }),
    { numRuns: 40 },
  )
})
