import { type Signal, signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Answer } from '../api/client.ts'
import type { ApiFault } from '../api/fault.ts'

/** Something of the cloud that the console shows and keeps fresh. */
export interface Resource<T> {
  /** The newest answer; undefined before the first. A fault leaves it as it was. */
  readonly value: Signal<T | undefined>
  /** Why the last request failed; undefined when it did not. */
  readonly fault: Signal<ApiFault | undefined>
  /**
   * Asks again. Wishes are coalesced: at most one request runs and one waits, and starts lie at least
   * `gapMs` apart, so a storm of events costs no storm of requests.
   */
  refresh(): void
  /** Forgets the value, as at logout. */
  forget(): void
}

const inUse = new Map<Resource<unknown>, number>()

export function resource<T>(ask: () => Promise<Answer<T>>, gapMs = 500): Resource<T> {
  const value = signal<T | undefined>(undefined)
  const fault = signal<ApiFault | undefined>(undefined)
  let running = false
  let wanted = false
  let generation = 0
  let lastStart = Number.NEGATIVE_INFINITY
  let timer: ReturnType<typeof setTimeout> | undefined

  const start = async (): Promise<void> => {
    timer = undefined
    running = true
    wanted = false
    lastStart = Date.now()
    const asked = generation
    const answer = await ask()
    running = false
    if (asked === generation) {
      fault.value = answer.ok ? undefined : answer.fault
      if (answer.ok) value.value = answer.value
      if (!answer.ok && answer.fault.kind === 'unauthorized') onUnauthorized()
    }
    if (wanted) refresh()
  }

  const refresh = (): void => {
    wanted = true
    if (running || timer !== undefined) return
    const waitMs = Math.max(0, Math.min(gapMs, lastStart + gapMs - Date.now()))
    if (waitMs === 0) void start()
    else timer = setTimeout(start, waitMs)
  }

  const forget = (): void => {
    generation++
    value.value = undefined
    fault.value = undefined
  }

  return { value, fault, refresh, forget }
}

let onUnauthorized: () => void = () => {}

/** Says what happens when the cloud no longer knows this session. */
export function whenUnauthorized(react: () => void): void {
  onUnauthorized = react
}

/** Asks again for everything that is on the screen. */
export function refreshAllInUse(): void {
  for (const used of inUse.keys()) used.refresh()
}

/** Keeps a resource fresh while the component is on the screen. */
export function useResource<T>(used: Resource<T>): T | undefined {
  useEffect(() => {
    const key = used as Resource<unknown>
    inUse.set(key, (inUse.get(key) ?? 0) + 1)
    used.refresh()
    return () => {
      const left = (inUse.get(key) ?? 1) - 1
      if (left > 0) inUse.set(key, left)
      else inUse.delete(key)
    }
  }, [used])
  return used.value.value
}
