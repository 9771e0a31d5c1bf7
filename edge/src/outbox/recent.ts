import type { CustodyRecord } from '@picket/devices'

const SIZE = 2048

/**
 * The last 2,048 records of the present epoch, so that what was just committed is sent without being read
 * and decoded again. The oldest are overwritten; they are then read from the database.
 */
export class RecentRecords {
  readonly #ring: (CustodyRecord | undefined)[] = new Array(SIZE)
  #next = 0

  add(first: number, records: readonly CustodyRecord[]): void {
    for (let at = Math.max(0, records.length - SIZE); at < records.length; at++) {
      this.#ring[(first + at) % SIZE] = records[at]
    }
    this.#next = first + records.length
  }

  /** The records from `first` to `last`, as far as all of them are here; otherwise none. */
  slice(first: number, last: number): CustodyRecord[] {
    if (first < this.#next - SIZE || last >= this.#next) return []
    const records: CustodyRecord[] = []
    for (let seq = first; seq <= last; seq++) records.push(this.#ring[seq % SIZE] as CustodyRecord)
    return records
  }
}
