import { type ClockNote, type CustodyRecord, Mark } from '@picket/devices'
import { type Log, SteppedClock } from '@picket/devices/runtime'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Outbox } from '../outbox/outbox.ts'
import { Folders } from '../testing/test-gateway.ts'
import { ClockKeeper, type TimeWord } from './clock-keeper.ts'
import { SteadyClock } from './steady-clock.ts'

const NOW = Date.UTC(2026, 10, 29, 12)
const MINUTE = 60_000
const DAY = 86_400_000
const silentLog = { info() {}, warn() {}, error() {} } as unknown as Log
const folders = new Folders()

/** A gateway's clock and outbox on a machine whose clock a test sets; the true time goes on beside. */
class Machine {
  readonly #folder = folders.make()
  host!: SteppedClock
  clock!: SteadyClock
  outbox!: Outbox
  keeper!: ClockKeeper
  asked = 0
  setBy: number[] = []
  /** What was stamped, and when it really was. */
  readonly stamped: { epoch: string; seq: number; t: number; q: number; trueMs: number }[] = []
  #boots = 0
  #tokens = 0
  #aheadMs = 0
  hasRtc = false

  /** The machine is started at a true time, with its clock wrong by so much. */
  boot(trueMs: number, aheadMs: number): void {
    this.#boots++
    this.#aheadMs = aheadMs
    this.host = new SteppedClock(trueMs + aheadMs, 30_000)
    this.start()
  }

  /** The program is started. */
  start(): void {
    this.outbox?.close()
    const { host } = this
    this.clock = new SteadyClock(host)
    this.outbox = Outbox.open({
      ...{ folder: this.#folder, clock: this.clock, reserveBytes: 0 },
      token: () => (++this.#tokens).toString(16).padStart(32, '0'),
      ...{ maxBytes: 1e9, maxAgeMs: 400 * DAY, tailMs: DAY, tailMaxBytes: 1e9 },
    })
    this.keeper = new ClockKeeper({
      ...{ clock: this.clock, host, boot: `boot-${this.#boots}`, outbox: this.outbox, log: silentLog },
      hasRtc: this.hasRtc,
      drain() {},
      isCommitting: () => false,
      ask: () => this.asked++,
      onSet: byMs => this.setBy.push(Math.round(byMs)),
    })
  }

  get trueMs(): number {
    return this.host.now() - this.#aheadMs
  }

  /** Time passes, and a reading is committed. */
  take(afterMs = MINUTE): void {
    this.host.advanceTo(this.host.now() + afterMs)
    this.keeper.look()
    const { epoch, seq } = this.outbox.position
    const t = this.clock.now()
    const q = 2 | Mark.ARRIVAL_TIME | this.clock.marks
    this.outbox.append([{ device: 'd', quantity: 'x', t, v: 1, q }])
    this.stamped.push({ epoch, seq, t, q, trueMs: this.trueMs })
  }

  set(byMs: number): void {
    this.host.jump(byMs)
    this.#aheadMs += byMs
  }

  welcome(word: Partial<TimeWord> = {}): void {
    this.keeper.learn({ now: this.trueMs, elapsedMs: 0, ...word })
  }

  get records(): CustodyRecord[] {
    const { epochs } = this.outbox
    const runs = this.outbox.committedFrom({ epoch: epochs[0]?.epoch ?? '', seq: 0 })
    return [...runs].flatMap(({ records }) => records)
  }

  get notes(): ClockNote[] {
    return this.records.flatMap(record =>
      'note' in record && record.note.type === 'clock' ? [record.note] : [],
    )
  }

  /** What the cloud makes of what was stamped: its time, or undefined where it waits for one. */
  placed({ epoch, seq, t, q }: Machine['stamped'][number]): number | undefined {
    const note = this.notes.findLast(one => one.epoch === epoch && seq >= one.first && seq <= one.last)
    if (!note) return (q & Mark.CLOCK_SUSPECT) === 0 ? t : undefined
    return note.uncertaintyMs <= MINUTE ? t + note.offsetMs : undefined
  }

  expectRight(): void {
    for (const one of this.stamped)
      expect(Math.abs((this.placed(one) ?? 0) - one.trueMs)).toBeLessThanOrEqual(2000)
  }
}

describe("a gateway's clock", () => {
  let machine: Machine
  beforeEach(() => {
    machine = new Machine()
  })
  afterEach(() => {
    machine.outbox?.close()
    folders.remove()
  })

  it('that is right leaves no trace', () => {
    machine.boot(NOW, 0)
    machine.take()
    expect(machine.clock.trust).toBe('plausible')
    machine.welcome()
    machine.take()
    expect(machine.clock.trust).toBe('known')
    expect(machine.notes).toEqual([])
    expect(machine.stamped.map(({ q }) => q & Mark.CLOCK_SUSPECT)).toEqual([0, 0])
    expect(machine.setBy).toEqual([])
  })

  it('that begins in 1970 is suspect, and put right by one note; from there on times are right', () => {
    machine.boot(NOW, -NOW)
    machine.take()
    machine.take()
    expect(machine.clock.trust).toBe('suspect')
    expect(machine.stamped[0]?.q).toBe(2 | Mark.ARRIVAL_TIME | Mark.CLOCK_SUSPECT)
    machine.welcome({ elapsedMs: 300 })
    expect(machine.notes).toMatchObject([{ first: 0, last: 1, offsetMs: NOW + 150, uncertaintyMs: 150 }])
    machine.take()
    expect(machine.stamped[2]).toMatchObject({ q: 2 | Mark.ARRIVAL_TIME, t: machine.trueMs + 150 })
    machine.expectRight()
    expect(machine.setBy).toEqual([NOW + 150])
    machine.welcome()
    expect(machine.notes).toHaveLength(1)
  })

  it('that is wrong by minutes and suspected of nothing is put right all the same', () => {
    machine.boot(NOW, 5 * MINUTE)
    machine.take()
    expect(machine.clock.trust).toBe('plausible')
    machine.welcome()
    machine.take()
    machine.expectRight()
    expect(machine.keeper.hostAheadMs).toBe(5 * MINUTE)
  })

  it('goes on by the time since the start of the machine where the program is started again', () => {
    machine.boot(NOW, -NOW)
    machine.take()
    machine.start()
    machine.take()
    machine.welcome()
    machine.start()
    expect(machine.clock.trust).toBe('known')
    machine.take()
    expect(machine.notes).toHaveLength(2)
    machine.expectRight()
  })

  it('that was set while the program was away is doubted until the cloud has spoken', () => {
    machine.boot(NOW, 0)
    machine.welcome()
    machine.set(DAY)
    machine.start()
    machine.take()
    expect(machine.clock.trust).toBe('suspect')
    machine.welcome()
    machine.take()
    machine.expectRight()
  })

  it('of an earlier start of the machine lies between what was known and this start', () => {
    machine.boot(NOW, 0)
    machine.welcome()
    machine.boot(NOW + 60 * MINUTE, -NOW)
    machine.take()
    machine.boot(NOW + 120 * MINUTE, -NOW)
    machine.take()
    machine.welcome()
    const [lost, right] = machine.notes as [ClockNote, ClockNote]
    const [first, second] = machine.stamped as [Machine['stamped'][number], Machine['stamped'][number]]
    expect(machine.placed(second)).toBe(second.trueMs)
    expect(right.uncertaintyMs).toBe(0)
    expect(lost.uncertaintyMs).toBeGreaterThan(MINUTE)
    expect(first.t + lost.offsetMs - lost.uncertaintyMs).toBeLessThanOrEqual(first.trueMs)
    expect(first.t + lost.offsetMs + lost.uncertaintyMs).toBeGreaterThanOrEqual(first.trueMs)
  })

  it.each([true, false])(
    'that was right now and then is believed for earlier starts with a battery: %s',
    hasRtc => {
      machine.hasRtc = hasRtc
      machine.boot(NOW, 0)
      machine.take()
      machine.boot(NOW + 60 * MINUTE, 0)
      machine.take()
      machine.welcome()
      expect(machine.notes).toHaveLength(hasRtc ? 0 : 1)
      const [first] = machine.stamped as [Machine['stamped'][number]]
      expect(machine.placed(first)).toBe(hasRtc ? first.trueMs : undefined)
    },
  )

  it.each([
    ['forward by a year', 365 * DAY],
    ['back by a day', -DAY],
  ])(
    'that is set %s while the time is known goes on evenly, is doubted, and is right after all',
    (_, byMs) => {
      machine.boot(NOW, 0)
      machine.welcome()
      machine.take()
      machine.set(byMs)
      machine.take()
      expect(machine.clock.trust).toBe('suspect')
      expect(machine.asked).toBe(1)
      expect(machine.stamped[1]?.t).toBe(machine.trueMs)
      machine.welcome()
      machine.take()
      expect(machine.notes).toMatchObject([{ first: 1, last: 1, offsetMs: 0 }])
      machine.expectRight()
    },
  )

  it('follows the machine where nothing better is known, and forgets nothing of before', () => {
    machine.boot(NOW, -NOW)
    machine.take()
    machine.set(NOW - 10 * MINUTE)
    machine.take()
    expect(machine.clock.trust).toBe('plausible')
    machine.set(365 * DAY)
    machine.take()
    expect(machine.clock.trust).toBe('suspect')
    machine.welcome()
    machine.expectRight()
    expect(machine.notes.map(({ first, last }) => [first, last])).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ])
  })

  it('is believed at a welcome without a time, unless it cannot be right', () => {
    machine.boot(NOW, -NOW)
    machine.take()
    machine.keeper.learn(undefined)
    expect(machine.clock.trust).toBe('suspect')
    machine.set(NOW)
    machine.take()
    machine.keeper.learn(undefined)
    machine.expectRight()
    expect(machine.clock.trust).toBe('known')
  })

  it('drops nothing as too old while a year is skipped, nor what was kept in 1970', () => {
    const readings = () => machine.records.filter(record => !('note' in record)).length
    machine.boot(NOW, -NOW)
    machine.take()
    machine.welcome()
    machine.outbox.maintain()
    expect(readings()).toBe(1)
    machine.boot(NOW + 5 * MINUTE, 0)
    machine.take()
    machine.outbox.settle({ ['1'.padStart(32, '0')]: [[0, 1]] })
    machine.boot(NOW + 10 * MINUTE, 500 * DAY)
    machine.take()
    machine.outbox.maintain()
    expect(readings()).toBe(3)
  })

  it('tells again what the disk did not take, and nothing twice that waits or is settled', () => {
    machine.boot(NOW, -NOW)
    machine.take()
    machine.welcome()
    machine.start()
    machine.welcome()
    expect(machine.notes).toHaveLength(1)
    expect(machine.keeper.first).toEqual([{ epoch: '1'.padStart(32, '0'), seq: 1 }])
  })

  it('brings every reading to its time, whatever is done to it, or leaves it to wait', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('take' as const), ms: fc.integer({ min: 1, max: 10 * MINUTE }) }),
      fc.record({ kind: fc.constant('set' as const), ms: fc.integer({ min: -DAY, max: 400 * DAY }) }),
      fc.record({ kind: fc.constant('welcome' as const), ms: fc.integer({ min: 0, max: 4000 }) }),
      fc.record({ kind: fc.constant('restart' as const), ms: fc.constant(0) }),
      fc.record({ kind: fc.constant('boot' as const), ms: fc.integer({ min: -40 * DAY, max: DAY }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), steps => {
        const one = new Machine()
        one.boot(NOW, -NOW)
        for (const { kind, ms } of steps) {
          if (kind === 'take') one.take(ms)
          else if (kind === 'set') one.set(ms)
          else if (kind === 'welcome') one.welcome({ elapsedMs: ms })
          else if (kind === 'restart') one.start()
          else one.boot(one.trueMs + 5 * MINUTE, ms)
        }
        one.take()
        one.welcome()
        const { notes } = one
        for (const reading of one.stamped) {
          const { epoch, seq, t, q, trueMs } = reading
          const note = notes.findLast(n => n.epoch === epoch && seq >= n.first && seq <= n.last)
          expect(note !== undefined || (q & Mark.CLOCK_SUSPECT) === 0).toBe(true)
          const { offsetMs, uncertaintyMs } = note ?? { offsetMs: 0, uncertaintyMs: 0 }
          expect(Math.abs(t + offsetMs - trueMs)).toBeLessThanOrEqual(uncertaintyMs + 2 * 4000)
        }
        one.outbox.close()
      }),
      { numRuns: 10 },
    )
  })
})
