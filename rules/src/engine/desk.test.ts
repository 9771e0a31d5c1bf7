import { describe, expect, it } from 'vitest'
import type { FlagRequest } from '../alarm/flag.ts'
import type { Level } from '../level.ts'
import type { Rule } from '../rule.ts'
import { Desk, newDeskState } from './desk.ts'
import type { Effect, EngineDevice, Transition } from './event.ts'
import { traceWithoutRule } from './trace.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const rule = (id: string, more: Partial<Rule> = {}): Rule => ({
  id,
  pack: 'p',
  revision: `${id}-1`,
  name: { en: id, zh: id },
  message: { en: id, zh: id },
  per: 'device',
  select: { model: 'gauge' },
  with: {},
  features: [],
  parameters: [],
  record: [],
  levels: [],
  missing: { afterMs: MINUTE, intervals: undefined, then: 'yellow' },
  quality: { suspect: 'use', notEvaluated: 'use' },
  season: [],
  utcOffsetMs: 0,
  notify: ['duty'],
  lifeSafety: false,
  runs: 'cloud',
  switches: [],
  latch: false,
  flap: undefined,
  escalate: [],
  inhibits: undefined,
  ...more,
})

const device = (id: string, more: Partial<EngineDevice> = {}): EngineDevice => ({
  id,
  model: 'gauge',
  site: 's1',
  tags: [],
  parameters: {},
  intervalMs: MINUTE,
  ...more,
})

/** A desk at which alarms of rules come in; `log` is what it said, in words. */
function openDesk(rules: readonly Rule[], devices: readonly EngineDevice[] = [device('g1')]) {
  const log: string[] = []
  const say = (effect: Effect): void => {
    if (effect.type === 'flag') log.push(`${minutes(effect.at)} flag ${effect.flag.kind} ${effect.change}`)
    if (effect.type === 'notify') log.push(`  -> ${effect.channel}`)
    if (effect.type !== 'transition') return
    const { kind, level, rule, device, decidedAt, trace } = effect
    const why = [trace.telling?.reason ?? [], trace.telling?.withheld.map(({ by }) => `(${by})`) ?? []].flat()
    log.push([minutes(decidedAt), rule.id, device, kind, level ?? '-', ...why].join(' '))
  }
  const desk = new Desk(newDeskState(), { emit: say, explain: () => traceWithoutRule('r') })
  desk.configure(rules, devices, { now: 0, restored: false })
  const step = (
    now: number,
    kind: Transition['kind'],
    {
      level = null,
      of = 'a',
      at = 'g1',
      onset = now,
    }: { level?: Level | null; of?: string; at?: string; onset?: number },
  ): void => {
    desk.wake(now)
    const named = rules.find(({ id }) => id === of) as Rule
    const about = {
      type: 'transition',
      rule: named,
      device: at,
      site: 's1',
      kind,
      level,
      trace: traceWithoutRule('r'),
    } as const
    desk.take({
      ...about,
      episode: `${of}/${at}/${onset}`,
      at: now,
      onset,
      decidedAt: now,
      retrospective: false,
    })
  }
  return {
    desk,
    log,
    raise: (now: number, level: Level, about: { of?: string; at?: string } = {}) =>
      step(now, 'raised', { level, ...about }),
    escalate: (now: number, level: Level, onset: number) => step(now, 'escalated', { level, onset }),
    clear: (now: number, onset: number, about: { of?: string; at?: string } = {}) =>
      step(now, 'cleared', { onset, ...about }),
    wake: (now: number) => desk.wake(now),
    operate: (now: number, type: 'acknowledge' | 'reset', onset: number) => {
      desk.wake(now)
      desk.operate({ type, now, episode: `a/g1/${onset}`, by: 'li' })
    },
    flag: (now: number, flag: Partial<FlagRequest>) => {
      desk.wake(now)
      desk.flag({
        type: 'flag',
        now,
        flag: {
          kind: 'shelved',
          scope: { rule: 'a', device: 'g1' },
          until: HOUR,
          by: 'li',
          reason: 'works',
          ...flag,
        },
      })
    },
    state: (onset: number) => desk.state.episodes.get(`a/g1/${onset}`)?.state,
  }
}

const minutes = (ms: number): string => `${ms / MINUTE}m`

describe('an alarm that latches', () => {
  it('stays until it was acknowledged and reset, in this order', () => {
    const { raise, clear, operate, state } = openDesk([rule('a', { latch: true })])
    raise(0, 'yellow')
    clear(MINUTE, 0)
    expect(state(0)).toBe('returned-unacknowledged')
    operate(2 * MINUTE, 'reset', 0)
    expect(state(0)).toBe('returned-unacknowledged')
    operate(3 * MINUTE, 'acknowledge', 0)
    expect(state(0)).toBe('latched')
    operate(4 * MINUTE, 'acknowledge', 0)
    expect(state(0)).toBe('latched')
    operate(5 * MINUTE, 'reset', 0)
    expect(state(0)).toBeUndefined()
  })

  it('latches when it was acknowledged while it ran; one that does not latch is over then', () => {
    const latching = openDesk([rule('a', { latch: true })])
    const plain = openDesk([rule('a')])
    for (const { raise, operate, clear } of [latching, plain]) {
      raise(0, 'yellow')
      operate(MINUTE, 'acknowledge', 0)
      clear(2 * MINUTE, 0)
    }
    expect(latching.state(0)).toBe('latched')
    expect(plain.state(0)).toBeUndefined()
  })
})

describe('a shelved alarm', () => {
  it('is recorded and told to nobody, and pages at the end if it still runs', () => {
    const { raise, flag, wake, log } = openDesk([rule('a')])
    flag(0, { until: HOUR })
    raise(MINUTE, 'orange')
    wake(2 * HOUR)
    expect(log).toEqual([
      '0m flag shelved set',
      '1m a g1 raised orange (shelved)',
      '120m flag shelved ended',
      '120m a g1 announced orange no longer withheld',
      '  -> duty',
    ])
  })

  it('of a rule that names nobody is not said to have been told at the end', () => {
    const { raise, flag, wake, log } = openDesk([rule('a', { notify: [] })])
    flag(0, { until: HOUR })
    raise(MINUTE, 'orange')
    wake(2 * HOUR)
    expect(log.at(-1)).toBe('120m a g1 withheld orange no longer withheld (nobody named)')
  })

  it('that is over before the end was told to nobody', () => {
    const { raise, clear, flag, wake, log } = openDesk([rule('a')])
    flag(0, { until: HOUR })
    raise(MINUTE, 'orange')
    clear(2 * MINUTE, MINUTE)
    wake(HOUR)
    expect(log.filter(line => line.includes('->'))).toEqual([])
    expect(log).toContain('2m a g1 cleared - (shelved)')
  })

  it('that was told before is told again at the end; its end is told whenever it comes', () => {
    const { raise, clear, flag, wake, log } = openDesk([rule('a')])
    raise(0, 'orange')
    flag(MINUTE, { until: HOUR })
    wake(HOUR)
    clear(HOUR + MINUTE, 0)
    expect(log).toEqual([
      '0m a g1 raised orange',
      '  -> duty',
      '1m flag shelved set',
      '60m flag shelved ended',
      '60m a g1 announced orange no longer withheld',
      '  -> duty',
      '61m a g1 cleared -',
      '  -> duty',
    ])
  })

  it('pages when it is taken from the shelf', () => {
    const { desk, raise, flag, log } = openDesk([rule('a')])
    flag(0, { until: HOUR })
    raise(MINUTE, 'orange')
    const [id] = desk.state.flags.keys()
    desk.unflag({ type: 'unflag', now: 2 * MINUTE, flag: id as string, by: 'li', reason: 'done' })
    expect(log.slice(2)).toEqual([
      '2m flag shelved ended',
      '2m a g1 announced orange no longer withheld',
      '  -> duty',
    ])
  })

  it('is this alarm and no other', () => {
    const { raise, flag, log } = openDesk([rule('a'), rule('b')], [device('g1'), device('g2')])
    flag(0, {})
    raise(MINUTE, 'orange', { at: 'g2' })
    raise(MINUTE, 'orange', { of: 'b' })
    expect(log.filter(line => line.includes('->'))).toHaveLength(2)
  })
})

describe('maintenance', () => {
  it('begins and ends by itself, at a site', () => {
    const { raise, flag, wake, log } = openDesk([rule('a')], [device('g1'), device('g2')])
    flag(0, { kind: 'maintenance', scope: { site: 's1' }, from: 10 * MINUTE, until: 20 * MINUTE })
    raise(9 * MINUTE, 'yellow')
    raise(11 * MINUTE, 'yellow', { at: 'g2' })
    wake(20 * MINUTE)
    expect(log).toEqual([
      '0m flag maintenance set',
      '9m a g1 raised yellow',
      '  -> duty',
      '11m a g2 raised yellow (maintenance)',
      '20m flag maintenance ended',
      '20m a g1 announced yellow no longer withheld',
      '  -> duty',
      '20m a g2 announced yellow no longer withheld',
      '  -> duty',
    ])
  })

  it('two flags withhold until the later ends', () => {
    const { raise, flag, wake, log } = openDesk([rule('a')])
    flag(0, { kind: 'out-of-service', scope: { device: 'g1' }, until: 5 * MINUTE })
    flag(0, { kind: 'maintenance', scope: { site: 's1' }, until: 9 * MINUTE })
    raise(MINUTE, 'yellow')
    wake(5 * MINUTE)
    expect(log.filter(line => line.includes('->'))).toEqual([])
    wake(9 * MINUTE)
    expect(log.at(-2)).toBe('9m a g1 announced yellow no longer withheld')
  })

  it('refuses what has no end in sight, no reason or no scope', () => {
    const { flag, log } = openDesk([rule('a')])
    flag(0, { until: 25 * HOUR })
    flag(0, { reason: ' ' })
    flag(0, { scope: {} })
    flag(0, { scope: { device: 'g1' } })
    flag(0, { from: MINUTE })
    flag(2 * HOUR, { until: HOUR })
    expect(log).toEqual([])
  })
})

describe('escalation', () => {
  const escalating = rule('a', {
    escalate: [
      { afterMs: 15 * MINUTE, notify: ['chief'] },
      { afterMs: 30 * MINUTE, notify: ['chief', 'police'] },
    ],
  })

  it('tells others step by step, until nobody is left', () => {
    const { raise, wake, log } = openDesk([escalating])
    raise(0, 'red')
    for (const minute of [15, 30, 300]) wake(minute * MINUTE)
    expect(log).toEqual([
      '0m a g1 raised red',
      '  -> duty',
      '15m a g1 announced red unacknowledged',
      '  -> chief',
      '30m a g1 announced red unacknowledged',
      '  -> chief',
      '  -> police',
    ])
  })

  it('ends with the acknowledgement and with the alarm, and begins anew with a worse level', () => {
    const { raise, operate, escalate, clear, wake, log } = openDesk([escalating])
    raise(0, 'yellow')
    operate(10 * MINUTE, 'acknowledge', 0)
    wake(20 * MINUTE)
    escalate(25 * MINUTE, 'red', 0)
    wake(40 * MINUTE)
    clear(41 * MINUTE, 0)
    wake(HOUR)
    expect(log).toEqual([
      '0m a g1 raised yellow',
      '  -> duty',
      '10m a g1 acknowledged yellow',
      '25m a g1 escalated red',
      '  -> duty',
      '40m a g1 announced red unacknowledged',
      '  -> chief',
      '41m a g1 cleared -',
      '  -> duty',
    ])
  })

  it('waits while the alarm is shelved', () => {
    const { raise, flag, wake, log } = openDesk([escalating])
    raise(0, 'red')
    flag(10 * MINUTE, { until: 20 * MINUTE })
    wake(15 * MINUTE)
    wake(20 * MINUTE)
    wake(35 * MINUTE)
    expect(log.slice(3)).toEqual([
      '20m flag shelved ended',
      '20m a g1 announced red no longer withheld',
      '  -> duty',
      '35m a g1 announced red unacknowledged',
      '  -> chief',
    ])
  })
})

describe('a gateway that is silent', () => {
  const gatewayRule = rule('gateway', {
    select: { model: 'gateway' },
    inhibits: { rules: ['a'], devices: 'behind-gateway', waitMs: 3 * MINUTE },
  })
  const devices = [
    device('gw1', { model: 'gateway' }),
    device('gw2', { model: 'gateway' }),
    device('g1', { gateways: ['gw1'] }),
    device('both', { gateways: ['gw1', 'gw2'] }),
    device('none'),
  ]
  const desk = () => openDesk([rule('a'), gatewayRule], devices)

  it('hides the silence of a device that speaks through it, also where that was noticed first', () => {
    const { raise, wake, log } = desk()
    raise(0, 'yellow')
    raise(2 * MINUTE, 'orange', { of: 'gateway', at: 'gw1' })
    wake(3 * MINUTE)
    wake(HOUR)
    expect(log).toEqual([
      '0m a g1 raised yellow (held)',
      '2m gateway gw1 raised orange',
      '  -> duty',
      '3m a g1 withheld yellow (inhibited)',
    ])
  })

  it('hides nothing where it is heard: the page comes when the wait is over', () => {
    const { raise, wake, log } = desk()
    raise(0, 'yellow')
    wake(3 * MINUTE)
    expect(log).toEqual([
      '0m a g1 raised yellow (held)',
      '3m a g1 announced yellow no longer withheld',
      '  -> duty',
    ])
  })

  it('that is back lets those page that are still silent after the wait and one report', () => {
    const { raise, clear, wake, log } = desk()
    raise(0, 'orange', { of: 'gateway', at: 'gw1' })
    raise(MINUTE, 'yellow')
    clear(10 * MINUTE, 0, { of: 'gateway', at: 'gw1' })
    wake(14 * MINUTE - 1)
    const before = log.length
    wake(14 * MINUTE)
    expect(log.slice(before)).toEqual(['14m a g1 announced yellow no longer withheld', '  -> duty'])
  })

  it('hides a device with two gateways only when both are silent, and one without any never', () => {
    const { raise, wake, log } = desk()
    raise(0, 'orange', { of: 'gateway', at: 'gw1' })
    raise(MINUTE, 'yellow', { at: 'none' })
    expect(log.splice(0).slice(2)).toEqual(['1m a none raised yellow', '  -> duty'])
    raise(MINUTE, 'yellow', { at: 'both' })
    raise(2 * MINUTE, 'orange', { of: 'gateway', at: 'gw2' })
    wake(4 * MINUTE)
    expect(log).toEqual([
      '1m a both raised yellow (held)',
      '2m gateway gw2 raised orange',
      '  -> duty',
      '4m a both withheld yellow (inhibited)',
    ])
  })

  it('a red alarm is not held for one that might come', () => {
    const { raise, log } = desk()
    raise(0, 'red')
    expect(log).toEqual(['0m a g1 raised red', '  -> duty'])
  })

  it('devices that stand nowhere are not at the same site', () => {
    const hider = rule('gateway', { inhibits: { rules: ['a'], devices: 'same-site', waitMs: 0 } })
    const { desk, raise } = openDesk([rule('a'), hider], [device('g1'), device('g2')])
    raise(0, 'orange', { of: 'gateway', at: 'g2' })
    raise(MINUTE, 'yellow')
    expect(desk.withheld(`a/g1/${MINUTE}`, MINUTE)).toEqual([{ by: 'inhibited', episode: 'gateway/g2/0' }])
    for (const open of desk.state.episodes.values()) open.site = '-'
    expect(desk.withheld(`a/g1/${MINUTE}`, MINUTE)).toEqual([])
  })
})

describe('an alarm that flaps', () => {
  it('says so once, then nothing but red, and at the end how it stands', () => {
    const { raise, clear, wake, log } = openDesk([rule('a', { flap: { above: 30, below: 25 } })])
    // Changes in the slots 0 to 4 are 28.5 % (110 + ... + 118 of 2000); with slot 5 33.9 %.
    for (const minute of [0, 2, 4, 6]) {
      raise(minute * MINUTE, 'yellow')
      clear((minute + 1) * MINUTE, minute * MINUTE)
    }
    raise(8 * MINUTE, 'red')
    // Of the slots 0 to 8 those from 3 on are left after 22 minutes, 25.5 %, and those from 4 on after 23, 21 %.
    wake(23 * MINUTE - 1)
    const flapping = log.splice(0)
    expect(flapping.slice(8)).toEqual([
      '4m a g1 raised yellow',
      '  -> duty',
      '5m a g1 cleared - flapping',
      '  -> duty',
      '6m a g1 raised yellow (flapping)',
      '7m a g1 cleared - (flapping)',
      '8m a g1 raised red',
      '  -> duty',
    ])
    wake(23 * MINUTE)
    expect(log).toEqual(['23m a g1 announced red steady', '  -> duty'])
  })

  it('tells that it is over where it came to rest so', () => {
    const { raise, clear, wake, log } = openDesk([rule('a', { flap: { above: 30, below: 25 } })])
    for (const minute of [0, 2, 4]) {
      raise(minute * MINUTE, 'yellow')
      clear((minute + 1) * MINUTE, minute * MINUTE)
    }
    wake(HOUR)
    expect(log.slice(-4)).toEqual([
      '5m a g1 cleared - flapping',
      '  -> duty',
      '60m a g1 announced - steady',
      '  -> duty',
    ])
  })

  it('does not where its rule has no limit', () => {
    const { raise, clear, log } = openDesk([rule('a')])
    for (const minute of [0, 2, 4, 6, 8]) {
      raise(minute * MINUTE, 'yellow')
      clear((minute + 1) * MINUTE, minute * MINUTE)
    }
    expect(log.filter(line => line.includes('->'))).toHaveLength(10)
  })
})
