import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DeviceModel, Quality, type Reading, readModel } from '@picket/devices'
import { compilePack, Engine, type EngineDevice, type Transition } from '@picket/rules'
import { ROOT } from '../support/installation.ts'
import type { Measurement } from '../support/sensor.ts'

export const MINUTE = 60_000
export const SITE = 'valley'
/** The shipped rule that the floods are for. */
export const RULE = 'river-level'

/** How long a flood's record is, in minutes. */
export const RECORD_MINUTES = 240

// The shipped levels of the gauge: blue from 3.5 m, yellow from 4.2 m, orange from 4.5 m.
const LOW = 2
const BLUE = 3.8
const YELLOW = 4.3
const ORANGE = 4.8

/** Water levels by minute of the record: from that minute on, the level stands there. */
type Profile = readonly (readonly [minute: number, level: number])[]

/**
 * Each level stands for longer than the rule's delays on both sides (3 and 15 minutes), so that a record that
 * ends early shows a beginning of the same episodes and never others.
 */
export const GAUGES: Readonly<Record<string, Profile>> = {
  // Three floods, all over.
  'gauge-1': [
    [0, LOW],
    [20, BLUE],
    [60, LOW],
    [90, BLUE],
    [130, LOW],
    [160, BLUE],
    [200, LOW],
  ],
  // Two floods over, and one that goes on.
  'gauge-2': [
    [0, LOW],
    [40, BLUE],
    [70, LOW],
    [110, YELLOW],
    [150, LOW],
    [185, ORANGE],
  ],
  // One that climbs every rung and comes down again.
  'gauge-3': [
    [0, LOW],
    [30, BLUE],
    [60, YELLOW],
    [90, ORANGE],
    [120, YELLOW],
    [150, BLUE],
    [180, LOW],
  ],
}

/** A gauge's level at a minute of its record, or after it. */
export const levelAt = (gauge: string, minute: number): number =>
  (GAUGES[gauge] as Profile).findLast(([from]) => from <= minute)?.[1] ?? LOW

/** When something was so that an alarm tells of, ms UTC. */
export interface Episode {
  device: string | null
  onset: number
  /** Null while it goes on. */
  clearedAt: number | null
  /** The last level in force. */
  level: string
}

/**
 * The episodes of `RULE` in what the gauges measured, by an engine that nobody disturbs.
 *
 * @param now - when everything has come, ms UTC
 */
export function referenceEpisodes(
  measured: ReadonlyMap<string, readonly Measurement[]>,
  now: number,
): Episode[] {
  const models = new Map([['water-level-gauge', shippedModel('water-level-gauge')]])
  const pack = join(ROOT, 'rules', 'packs', 'water.yaml')
  const compiled = compilePack(readFileSync(pack, 'utf8'), pack, { models })
  if (!compiled.ok) throw new Error(`${pack} does not compile`)
  const devices = [...measured.keys()].map(engineDevice)
  const engine = new Engine()
  engine.step({ type: 'configure', now, rules: compiled.rules, devices })
  const transitions = [...measured].flatMap(([device, measurements]) =>
    engine.step({ type: 'readings', now, readings: measurements.map(one => readingOf(device, one)) }),
  )
  return episodesOf(
    transitions.filter(
      (effect): effect is Transition => effect.type === 'transition' && effect.rule.id === RULE,
    ),
  )
}

function episodesOf(transitions: readonly Transition[]): Episode[] {
  const episodes = new Map<string, Episode>()
  for (const { episode, device, onset, at, level } of transitions) {
    const known = episodes.get(episode) ?? { device, onset, clearedAt: null, level: '' }
    if (level === null) known.clearedAt = at
    else known.level = level
    episodes.set(episode, known)
  }
  return [...episodes.values()]
}

function shippedModel(name: string): DeviceModel {
  const file = join(ROOT, 'devices', 'models', `${name}.yaml`)
  const result = readModel(readFileSync(file, 'utf8'), file)
  if (!('model' in result)) throw new Error(`${file} is not a model`)
  return result.model
}

const engineDevice = (id: string): EngineDevice => ({
  id,
  model: 'water-level-gauge',
  site: SITE,
  tags: [],
  parameters: {},
  intervalMs: MINUTE,
})

const readingOf = (device: string, { t, v }: Measurement): Reading => ({
  device,
  quantity: 'level',
  t: t as number,
  v,
  q: Quality.PASS,
})
