import { Lane } from '@picket/devices'

/** Something for the one writer to do. */
export interface Work {
  run(): void
  /** Called after the commit. */
  done(): void
}

/** Whose work it is, and how urgent: commands of the program itself wait beside alarms. */
export interface Place {
  lane: Lane
  sender: string
}

// A commit takes whole batches until this much time has passed; the others wait for the next, and what else the
// program has to do comes between.
const BUDGET_MS = 100
// ... and of a backlog until this much, but one batch at least: what is live waits for no more than that.
const BACKLOG_BUDGET_MS = 20
const LANES = [Lane.ALARMS, Lane.LIVE, Lane.BACKLOG]

/**
 * What waits for the one writer: alarms and commands go first, then what is live, then what an outage held back. Within
 * each the senders take turns; what one sender has in one lane keeps its order.
 */
export class WaitingLine {
  readonly #lanes = new Map(LANES.map(lane => [lane, new Map<string, Work[]>()]))
  #length = 0

  get length(): number {
    return this.#length
  }

  add({ lane, sender }: Place, work: Work): void {
    const queues = this.#of(lane)
    const queue = queues.get(sender)
    if (queue) queue.push(work)
    else queues.set(sender, [work])
    this.#length++
  }

  /** Brings all that a sender has before everything else of its, in the order of the lanes. */
  hurry(sender: string): void {
    const work = LANES.flatMap(lane => {
      const queue = this.#of(lane).get(sender) ?? []
      this.#of(lane).delete(sender)
      return queue
    })
    if (work.length > 0) this.#of(Lane.ALARMS).set(sender, work)
  }

  /**
   * Runs what is next until the time of one commit is over.
   *
   * @param spentMs - how much of it has passed
   * @returns what was run: at least one, where anything waits
   */
  runSome(spentMs: () => number): Work[] {
    const ran: Work[] = []
    const run = (lane: Lane): void => {
      const work = this.#take(lane)
      work?.run()
      if (work) ran.push(work)
    }
    for (let lane = this.#urgent; lane !== undefined; lane = this.#urgent) {
      run(lane)
      if (spentMs() >= BUDGET_MS) break
    }
    do run(Lane.BACKLOG)
    while (this.#of(Lane.BACKLOG).size > 0 && spentMs() < BACKLOG_BUDGET_MS)
    return ran
  }

  get #urgent(): Lane | undefined {
    return LANES.find(lane => lane !== Lane.BACKLOG && this.#of(lane).size > 0)
  }

  #take(lane: Lane): Work | undefined {
    const queues = this.#of(lane)
    for (const [sender, queue] of queues) {
      const work = queue.shift()
      // Whoever has been served goes to the end.
      queues.delete(sender)
      if (queue.length > 0) queues.set(sender, queue)
      this.#length--
      return work
    }
    return undefined
  }

  #of(lane: Lane): Map<string, Work[]> {
    return this.#lanes.get(lane) as Map<string, Work[]>
  }
}
