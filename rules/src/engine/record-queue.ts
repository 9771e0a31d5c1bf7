import { Quality } from '@picket/devices'
import type { RecordedValue } from './event.ts'
import type { QuietScopes } from './quiet-scopes.ts'
import type { RecordedChange, Recorder } from './recorder.ts'
import type { Scope } from './scope.ts'

/** What the queue does to the scopes that read a derived series. */
export interface RecordReaders {
  emit: (value: RecordedValue) => void
  /** The newest samples of their series pass for the scopes of a group that are quiet. */
  pass: (group: QuietScopes, t: number) => void
  /** A scope takes the newest samples of its series, where it is not quiet. */
  take: (scope: Scope, t: number) => void
  /** A sample behind the newest one is another one now. */
  late: (scope: Scope, t: number) => void
}

/**
 * Recorded values on their way to the rules that read them. A value waits until every reading of its instant that came
 * with it was seen, so that it is recorded once; those who read it see it before anything later.
 */
export class RecordQueue {
  readonly #waiting = new Set<Recorder>()
  /** Event time of what was noted last. */
  #at = Number.NaN

  /** True where something waits that is of another instant. */
  isBehind(t: number): boolean {
    return this.#waiting.size > 0 && this.#at !== t
  }

  add(recorder: Recorder, t: number): void {
    this.#waiting.add(recorder)
    this.#at = t
  }

  /** Hands over all that waits, and what is recorded in its course: the rules in their order. */
  flush(readers: RecordReaders): void {
    while (this.#waiting.size > 0) {
      const [first, ...others] = this.#waiting
      const recorder = others.reduce((low, one) => (one.rank < low.rank ? one : low), first as Recorder)
      this.#waiting.delete(recorder)
      const changes = recorder.take()
      for (const { derived, t, v } of changes)
        readers.emit({
          type: 'recorded',
          rule: recorder.rule,
          device: recorder.device,
          quantity: derived.recording.quantity,
          t,
          v: v ?? null,
        })
      correctOld(changes, readers)
      appendNew(changes, readers)
    }
  }
}

function correctOld(changes: readonly RecordedChange[], { late }: RecordReaders): void {
  const old = changes.filter(({ derived, t }) => t <= derived.series.ring.lastTime)
  const from = new Map<Scope, number>()
  for (const [series, some] of Map.groupBy(old, ({ derived }) => derived.series)) {
    series.correct(new Map(some.map(({ t, v }) => [t, v])))
    const t = (some[0] as RecordedChange).t
    for (const scope of series.scopes) from.set(scope, Math.min(t, from.get(scope) ?? t))
  }
  for (const [scope, t] of from) late(scope, t)
}

// All that is of one instant comes before anybody looks at it.
function appendNew(changes: readonly RecordedChange[], { pass, take }: RecordReaders): void {
  const groups = new Set<QuietScopes>()
  const scopes = new Set<Scope>()
  changes.forEach(({ derived, t, v }, at) => {
    const { series } = derived
    if (v !== undefined && t > series.ring.lastTime) {
      series.push(t, v, Quality.NOT_EVALUATED)
      for (const group of series.groups) groups.add(group)
      for (const scope of series.scopes) scopes.add(scope)
    }
    if (changes[at + 1]?.t === t) return
    for (const group of groups) pass(group, t)
    for (const scope of scopes) take(scope, t)
    groups.clear()
    scopes.clear()
  })
}
