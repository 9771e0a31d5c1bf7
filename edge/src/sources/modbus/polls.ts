import { parseDuration, planBlocks, type RegisterBlock } from '@picket/devices'
import type { KnownDevice } from '../field-devices.ts'

/** What is asked of one unit again and again. */
export interface Poll {
  device: KnownDevice
  unit: number
  block: RegisterBlock
  intervalMs: number
  dueMs: number
}

/** What is known of a unit beside its answers. */
interface Health {
  failures: number
  /** Not asked before this, ms. */
  restsUntilMs: number
}

/** A unit that does not answer rests, doubling from the first to the last. */
const FIRST_REST_MS = 5000
const LAST_REST_MS = 5 * 60_000

/**
 * What is to be asked of the units of a bus, and when. A unit that does not answer costs the bus one wait now and then, so
 * that the others keep their intervals.
 */
export class PollPlan {
  readonly #polls: Poll[]
  readonly #health = new Map<number, Health>()

  constructor(devices: readonly KnownDevice[], nowMs: number) {
    this.#polls = devices.flatMap(device => pollsOf(device, nowMs))
  }

  /** The poll whose turn is next, and when it comes, ms; undefined where there is nothing to ask. */
  next(): { poll: Poll; atMs: number } | undefined {
    let next: { poll: Poll; atMs: number } | undefined
    for (const poll of this.#polls) {
      const atMs = Math.max(poll.dueMs, this.#health.get(poll.unit)?.restsUntilMs ?? 0)
      if (!next || atMs < next.atMs) next = { poll, atMs }
    }
    return next
  }

  answered(poll: Poll, nowMs: number): void {
    this.#health.delete(poll.unit)
    this.#schedule(poll, nowMs)
  }

  failed(poll: Poll, nowMs: number): void {
    const failures = (this.#health.get(poll.unit)?.failures ?? 0) + 1
    const restMs = Math.min(FIRST_REST_MS * 2 ** (failures - 1), LAST_REST_MS)
    this.#health.set(poll.unit, { failures, restsUntilMs: nowMs + restMs })
    this.#schedule(poll, nowMs)
  }

  // From when it was due and not from now, so that polls keep their pace; what was missed is not made up for.
  #schedule(poll: Poll, nowMs: number): void {
    const missed = Math.floor((nowMs - poll.dueMs) / poll.intervalMs)
    poll.dueMs += poll.intervalMs * (missed + 1)
  }
}

function pollsOf(device: KnownDevice, nowMs: number): Poll[] {
  const registers = (device.model.registers?.map ?? []).filter(({ quantity }) => quantity !== undefined)
  const byInterval = Map.groupBy(
    registers,
    ({ interval }) => parseDuration(interval ?? '') ?? device.intervalMs,
  )
  return [...byInterval].flatMap(([intervalMs, own]) =>
    planBlocks(own).map(block => ({
      device,
      unit: Number(device.address),
      block,
      intervalMs,
      dueMs: nowMs,
    })),
  )
}
