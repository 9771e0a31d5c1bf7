/** Messages of one peer that may wait for their turn. */
const MAX_WAITING = 1000

interface Task {
  run(): void
  dueMs: number
}

/**
 * Messages of peers that sent too fast, each waiting for its turn in the order in which it came. Its sender waits for
 * the acknowledgement meanwhile, so that a flood is slowed down and not lost.
 */
export class SlowLane {
  readonly #elapsedMs: () => number
  readonly #waiting = new Map<string, Task[]>()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs
  }

  /**
   * Runs a task after a wait, and after the peer's tasks before it.
   *
   * @returns false where too many wait already: the task is not taken
   */
  add(peer: string, waitMs: number, run: () => void): boolean {
    const queue = this.#waiting.get(peer)
    if (!queue && waitMs <= 0) {
      run()
      return true
    }
    const task = { run, dueMs: this.#elapsedMs() + waitMs }
    if (!queue) {
      const first = [task]
      this.#waiting.set(peer, first)
      this.#await(peer, first)
      return true
    }
    if (queue.length >= MAX_WAITING) return false
    queue.push(task)
    return true
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.#waiting.clear()
  }

  #await(peer: string, queue: Task[]): void {
    const delayMs = Math.max(0, (queue[0]?.dueMs ?? 0) - this.#elapsedMs())
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      const nowMs = this.#elapsedMs()
      while (queue[0] && queue[0].dueMs <= nowMs) (queue.shift() as Task).run()
      if (queue.length > 0) this.#await(peer, queue)
      else this.#waiting.delete(peer)
    }, delayMs)
    this.#timers.add(timer)
  }
}
