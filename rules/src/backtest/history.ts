import type { ReadingColumns } from '../engine/event.ts'

/** A series by its device and quantity. */
export interface SeriesKey {
  device: string
  quantity: string
}

/** Some readings of one series in ascending time; the columns have the same length. */
export interface SeriesChunk {
  /** ms UTC. */
  times: Float64Array
  values: Float64Array
  /** QARTOD flag and marks. */
  qualities: Uint8Array
}

/** A store of readings, looked at by series. */
export interface History {
  /** Every series, with the time of its first reading, ms UTC. */
  series(): readonly (SeriesKey & { first: number })[]
  /** The readings of a series with `from <= t < to`, in chunks of some thousands so that memory stays bounded. */
  chunks(series: SeriesKey, span: { from: number; to: number }): Iterator<SeriesChunk>
}

const BLOCK = 4096

/**
 * The readings of several series in the order in which they were measured; at the same time in the order of the series.
 * Holds a chunk of each series, and no more.
 */
export function* readInOrder(
  history: History,
  series: readonly SeriesKey[],
  span: { from: number; to: number },
): Generator<ReadingColumns> {
  if (series.length === 1) {
    // Nothing to merge: the chunks go through as they are.
    const chunks = history.chunks(series[0] as SeriesKey, span)
    for (let next = chunks.next(); !next.done; next = chunks.next())
      yield { series, seriesOf: new Uint32Array(next.value.times.length), ...next.value }
    return
  }
  const heap = new CursorHeap()
  series.forEach((one, index) => {
    heap.add(new Cursor(history.chunks(one, span), index))
  })
  while (heap.first) yield { series, ...heap.takeBlock() }
}

/** A place in a series. */
class Cursor {
  readonly index: number
  readonly #chunks: Iterator<SeriesChunk>
  chunk: SeriesChunk | undefined
  at = 0

  constructor(chunks: Iterator<SeriesChunk>, index: number) {
    this.#chunks = chunks
    this.index = index
    this.#nextChunk()
  }

  /** Infinity at the end. */
  get time(): number {
    return this.chunk === undefined ? Number.POSITIVE_INFINITY : (this.chunk.times[this.at] as number)
  }

  advance(): void {
    if (++this.at >= (this.chunk?.times.length ?? 0)) this.#nextChunk()
  }

  #nextChunk(): void {
    this.at = 0
    do {
      const next = this.#chunks.next()
      this.chunk = next.done ? undefined : next.value
    } while (this.chunk?.times.length === 0)
  }
}

/** A binary heap of cursors that are not at their end, the earliest first. */
class CursorHeap {
  readonly #cursors: Cursor[] = []

  get first(): Cursor | undefined {
    return this.#cursors[0]
  }

  add(cursor: Cursor): void {
    if (cursor.chunk === undefined) return
    const cursors = this.#cursors
    let at = cursors.push(cursor) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(cursor, cursors[parent] as Cursor)) break
      cursors[at] = cursors[parent] as Cursor
      at = parent
    }
    cursors[at] = cursor
  }

  takeBlock(): Omit<ReadingColumns, 'series'> {
    const seriesOf = new Uint32Array(BLOCK)
    const times = new Float64Array(BLOCK)
    const values = new Float64Array(BLOCK)
    const qualities = new Uint8Array(BLOCK)
    let length = 0
    for (let cursor = this.first; cursor && length < BLOCK; cursor = this.first) {
      const { chunk, at } = cursor as Cursor & { chunk: SeriesChunk }
      seriesOf[length] = cursor.index
      times[length] = chunk.times[at] as number
      values[length] = chunk.values[at] as number
      qualities[length] = chunk.qualities[at] as number
      length++
      cursor.advance()
      this.#settleFirst()
    }
    return {
      seriesOf: seriesOf.subarray(0, length),
      times: times.subarray(0, length),
      values: values.subarray(0, length),
      qualities: qualities.subarray(0, length),
    }
  }

  // The first cursor has moved on, or is at its end.
  #settleFirst(): void {
    const cursors = this.#cursors
    let moving = cursors[0] as Cursor
    if (moving.chunk === undefined) {
      const last = cursors.pop() as Cursor
      if (cursors.length === 0) return
      moving = last
    }
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= cursors.length) break
      if (child + 1 < cursors.length && isBefore(cursors[child + 1] as Cursor, cursors[child] as Cursor))
        child++
      if (!isBefore(cursors[child] as Cursor, moving)) break
      cursors[at] = cursors[child] as Cursor
      at = child
    }
    cursors[at] = moving
  }
}

const isBefore = (a: Cursor, b: Cursor): boolean =>
  a.time < b.time || (a.time === b.time && a.index < b.index)
