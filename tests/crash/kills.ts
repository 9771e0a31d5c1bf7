import { setTimeout as pause } from 'node:timers/promises'
import type { Installation } from '../support/installation.ts'
import type { Program } from '../support/program.ts'

const SENSOR_SHARE = 0.15
const BOTH_SHARE = 0.2
const EARLY_SHARE = 0.25
const EARLY_WITHIN_MS = 600
const AT_LEAST_UP_MS = 150
const UP_WITHIN_MS = 1200

export interface KillOptions {
  kills: number
  random: () => number
  /** Cuts a sensor off. */
  cutSensor: () => void
  /** Told after each kill, with how many there have been. */
  onKill: (count: number) => void
}

/** How often each was killed. */
export interface Killed {
  cloud: number
  gateway: number
  sensors: number
  /** Of cloud and gateway, how many before it was up. */
  early: number
}

/** The programs that run now. */
export type Running = Record<'cloud' | 'gateway', Program>

/**
 * Starts cloud and gateway, and kills a sensor, one of the two or both again and again: mostly in the middle of
 * their work, now and then while they start.
 *
 * @returns when both are up again
 */
export async function killAgainAndAgain(
  installation: Installation,
  { kills, random, cutSensor, onKill }: KillOptions,
): Promise<{ killed: Killed; running: Running }> {
  const running: Running = {
    cloud: installation.launchCloud(),
    gateway: installation.launchGateway(),
  }
  const bothUp = () => Promise.all([running.cloud.ready, running.gateway.ready])
  const killed: Killed = { cloud: 0, gateway: 0, sensors: 0, early: 0 }
  const count = () => killed.cloud + killed.gateway + killed.sensors
  await bothUp()
  while (count() < kills) {
    if (random() < SENSOR_SHARE) {
      killed.sensors++
      cutSensor()
    }
    const early = random() < EARLY_SHARE
    if (early) {
      killed.early++
      await pause(random() * EARLY_WITHIN_MS)
    } else {
      await bothUp()
      await pause(AT_LEAST_UP_MS + random() * UP_WITHIN_MS)
    }
    const one = random() < 0.5 ? ('cloud' as const) : ('gateway' as const)
    const victims = random() < BOTH_SHARE ? (['cloud', 'gateway'] as const) : ([one] as const)
    await Promise.all(victims.map(name => running[name].kill()))
    for (const name of victims) {
      killed[name]++
      running[name] = name === 'cloud' ? installation.launchCloud() : installation.launchGateway()
    }
    onKill(count())
  }
  await bothUp()
  return { killed, running }
}
