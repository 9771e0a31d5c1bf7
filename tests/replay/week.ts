import type { Reading } from '@picket/devices'
import { token } from '../support/gateway-client.ts'
import { seededRandom } from '../support/random.ts'

export const STEP_MS = 600_000
export const STEPS = (6.5 * 86_400_000) / STEP_MS

/** Two gateways: one at the river, one on the slope, whose link fails for hours. */
export const REGISTRY = JSON.stringify({
  sites: [
    { id: 'river', name: { en: 'River', zh: '河' } },
    { id: 'slope', name: { en: 'Slope', zh: '坡' } },
  ],
  gateways: [
    { id: 'gw-river', site: 'river', passwordFile: 'secret' },
    { id: 'gw-slope', site: 'slope', passwordFile: 'secret' },
  ],
  devices: [
    ...['level-1', 'level-2', 'level-3'].map(id => ({
      id,
      model: 'water-level-gauge',
      site: 'river',
      gateways: ['gw-river'],
    })),
    ...['crack-1', 'crack-2'].map(id => ({
      id,
      model: 'crack-meter',
      site: 'slope',
      gateways: ['gw-slope'],
    })),
    { id: 'rain-1', model: 'rain-gauge', site: 'slope', gateways: ['gw-slope'] },
  ],
})

/** The rules of the week; `limit` is what changes in its middle. */
export const pack = (limit: number): string => `pack: week
rules:
  - id: high
    name: { en: High water, zh: 高水位 }
    message: { en: "{device}: {stage} m", zh: "{device}：{stage} m" }
    select: { model: water-level-gauge }
    features: { stage: level, rise: "delta(level, 2h)" }
    levels:
      yellow: { when: stage > ${limit}, until: stage < ${limit - 0.2}, for: 20m, clearFor: 30m }
      red: { when: stage > 4.5 || rise > 1.5, for: 10m, clearFor: 1h }
    missing: { after: 1h, then: orange }
    notify: [duty]
    latch: true
  - id: moves
    name: { en: Slope moves, zh: 边坡位移 }
    message: { en: "{device}: {speed} mm/d", zh: "{device}：{speed} mm/d" }
    select: { model: crack-meter }
    features: { speed: "rate(displacement, 6h)", still: "std(displacement, 12h)" }
    levels:
      blue: { when: speed > 2, for: 30m, clearFor: 1h }
      orange: { when: speed > 5 && still > 0.1, until: speed < 3, for: 1h, clearFor: 2h }
    missing: { after: 2h, then: keep }
    notify: [duty]
  - id: rain
    name: { en: Heavy rain, zh: 强降雨 }
    message: { en: "{device}: {day} mm in 24 h", zh: "{device}：24 小时 {day} mm" }
    select: { model: rain-gauge }
    features: { hours: "sum(rain, 2h)", day: "sum(rain, 24h, gaps zero)", before: "sum(rain, 48h, lag 24h, gaps zero)" }
    levels:
      blue: { when: hours > 12, clearFor: 20m }
      yellow: { when: day > 25, clearFor: 1h }
      red: { when: day > 60 || day + before > 110, clearFor: 1h }
    notify: [duty]
  - id: steep
    name: { en: Steep, zh: 变形加速 }
    message: { en: "{device}: {angle} degrees", zh: "{device}：{angle} 度" }
    select: { model: crack-meter }
    features: { angle: tangent_angle, usual: "mean(tangent_angle, 3h)" }
    levels:
      orange: { when: angle > 80 && usual > 70, until: angle < 70, for: 20m, clearFor: 30m }
    missing: { after: 2h, then: stale }
    notify: [duty]
  - id: angle
    name: { en: Tangent angle, zh: 切线角 }
    select: { model: crack-meter }
    features: { angle: "tangent-angle(displacement, 6h, creep 1)" }
    record:
      tangent_angle: { feature: angle, name: { en: Tangent angle, zh: 切线角 } }
    levels: {}
  - id: silent
    name: { en: Silent, zh: 失联 }
    message: { en: "{device} is silent", zh: "{device} 失联" }
    select: { model: crack-meter }
    levels: {}
    missing: { after: 90m, then: yellow }
    notify: [duty]
`

interface Sent {
  gateway: string
  readings: Reading[]
}

/**
 * What the gateways of a seeded week deliver at each step: floods, creep, rain, a gauge that dies for some hours, a link
 * that fails and brings a backlog, single readings that come an hour late.
 */
export class Week {
  readonly #random: () => number
  readonly #epoch = { 'gw-river': token(), 'gw-slope': token() } as Record<string, string>
  readonly #next: Record<string, number> = { 'gw-river': 0, 'gw-slope': 0 }
  #kept: Reading[] = []
  #late: Reading[] = []
  #slip = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  epochOf = (gateway: string): string => this.#epoch[gateway] as string

  /** Numbers of the records of a batch, the first. */
  number({ gateway, readings }: Sent): number {
    const first = this.#next[gateway] as number
    this.#next[gateway] = first + readings.length
    return first
  }

  /** What is delivered at a step; `t` is the time of its measurements. */
  at(step: number, t: number): Sent[] {
    const hour = (step * STEP_MS) / 3_600_000
    const river = ['level-1', 'level-2', 'level-3']
      .filter(device => !(device === 'level-2' && hour > 60 && hour < 66))
      .map((device, index) => this.#reading(device, 'level', t, this.#level(hour - 3 * index)))
    const slope = [...this.#creep(hour, t), this.#reading('rain-1', 'rain', t, this.#rain(hour))]
    const sent: Sent[] = [{ gateway: 'gw-river', readings: this.#delayed(river) }]
    this.#kept.push(...slope)
    const cutOff = (hour > 80 && hour < 91) || (hour > 130 && hour < 131.5)
    if (!cutOff) {
      for (let at = 0; at < this.#kept.length; at += 40)
        sent.push({ gateway: 'gw-slope', readings: this.#kept.slice(at, at + 40) })
      this.#kept = []
    }
    return sent.filter(({ readings }) => readings.length > 0)
  }

  // One reading in fifty comes an hour later.
  #delayed(readings: Reading[]): Reading[] {
    const due = this.#late.filter(({ t }) => t <= (readings[0]?.t ?? 0) - 3_600_000)
    this.#late = this.#late.filter(reading => !due.includes(reading))
    const held = readings.filter(() => this.#random() < 0.02)
    this.#late.push(...held)
    return [...due, ...readings.filter(reading => !held.includes(reading))]
  }

  #level(hour: number): number {
    const flood = (peak: number, height: number, width: number) =>
      height * Math.exp(-(((hour - peak) / width) ** 2))
    return 2 + flood(40, 1.6, 6) + flood(100, 3, 4) + 0.15 * Math.sin(hour) + 0.05 * this.#random()
  }

  #creep(hour: number, t: number): Reading[] {
    const speed = hour > 85 && hour < 100 ? 9 : hour > 30 && hour < 45 ? 3 : 0.5
    this.#slip += (speed * STEP_MS) / 86_400_000
    return ['crack-1', 'crack-2']
      .filter(device => !(device === 'crack-2' && hour > 115 && hour < 119))
      .map(device => this.#reading(device, 'displacement', t, 10 + this.#slip + 0.05 * this.#random()))
  }

  // Showers, and a cloudburst while the link is down.
  #rain(hour: number): number {
    if (hour > 82 && hour < 83) return 3
    return hour % 100 > 10 && hour % 100 < 22 && this.#random() < 0.5 ? 1.6 : 0
  }

  #reading = (device: string, quantity: string, t: number, v: number): Reading => ({
    device,
    quantity,
    t,
    v: Math.round(v * 1000) / 1000,
    q: 2,
  })
}
