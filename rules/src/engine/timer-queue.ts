/** What can be woken. */
export interface Timed {
  /** When it wants to be woken; Infinity for never. */
  readonly due: number
  /** Decides who of several goes first at the same instant. */
  readonly rank: number
  /** Time of the entry in the queue that counts; Infinity when there is none. */
  scheduledAt: number
}

interface Entry<T> {
  at: number
  item: T
}

/**
 * Items by due time, ties by rank. An item has one entry that counts; when its due
 * time moves later the entry stays where it is and is looked at again when it comes up, so that a reading
 * that only postpones a timer costs nothing.
 */
export class TimerQueue<T extends Timed> {
  #heap: Entry<T>[] = []

  /** When the queue wants to be looked at next; Infinity when it is empty. */
  get next(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  /** To be called whenever an item's due time may have become earlier. */
  schedule(item: T): void {
    const at = item.due
    if (at >= item.scheduledAt) return
    item.scheduledAt = at
    this.#push({ at, item })
  }

  /** Takes the first item that is due at or before `now`, with its due time. */
  take(now: number): { item: T; at: number } | undefined {
    while (this.next <= now) {
      const { at, item } = this.#pop()
      if (at !== item.scheduledAt) continue
      item.scheduledAt = Number.POSITIVE_INFINITY
      if (item.due <= at) return { item, at }
      this.schedule(item)
    }
    return undefined
  }

  clear(): void {
    this.#heap = []
  }

  #push(entry: Entry<T>): void {
    const heap = this.#heap
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(entry, heap[parent] as Entry<T>)) break
      heap[at] = heap[parent] as Entry<T>
      at = parent
    }
    heap[at] = entry
  }

  #pop(): Entry<T> {
    const heap = this.#heap
    const first = heap[0] as Entry<T>
    const last = heap.pop() as Entry<T>
    if (heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Entry<T>, heap[child] as Entry<T>)) child++
      if (!before(heap[child] as Entry<T>, last)) break
      heap[at] = heap[child] as Entry<T>
      at = child
    }
    heap[at] = last
    return first
  }
}

const before = (a: Entry<Timed>, b: Entry<Timed>): boolean =>
  a.at < b.at || (a.at === b.at && a.item.rank < b.item.rank)
