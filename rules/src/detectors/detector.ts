import type { Feature } from '../rule.ts'

/**
 * The usable samples of one series in strictly ascending time, kept at least as long as the longest window
 * over it. Ordinals rise by one per sample; samples before `first` are gone.
 */
export interface Samples {
  /** Ordinal of the oldest kept sample. */
  readonly first: number
  /** Ordinal after the newest sample. */
  readonly next: number
  time(ordinal: number): number
  value(ordinal: number): number
}

/**
 * A feature's running value over a window that ends at `now - lagMs` and begins `windowMs` before that
 * (begin excluded, end included). It holds ordinals and sums, not samples.
 *
 * A windowed value is unknown (undefined) unless the window's samples span at least half of it, because a
 * sum or a rate over an hour of a day is not that of the day. With gaps `zero` it is always known.
 */
export interface Detector {
  /**
   * Moves the window's end to `now` and answers. `now` never decreases. Takes up whatever samples have come
   * since the last call; costs amortised O(1) per sample however long the window is.
   */
  value(samples: Samples, now: number): number | undefined

  /** Where a window is cut in two: what `seek` needs so that sums come out the same to the last bit. */
  readonly position: number
  /** Puts a new detector where another one over the same samples was. */
  seek(samples: Samples, position: number): void
}

/** Makes a detector for a feature, its window still empty. */
export type DetectorFactory = (feature: Feature) => Detector
