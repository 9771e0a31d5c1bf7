import type { Disk, Keeps } from './disk.ts'

/**
 * The ways in which a power cut may treat what was not synced.
 *
 * @param random - uniform in [0, 1)
 */
export function cuts(disk: Disk, random: () => number): { name: string; keeps: Keeps }[] {
  const { pending } = disk
  const border = Math.floor(random() * (pending + 1))
  return [
    { name: 'all dropped', keeps: () => false },
    { name: 'all kept', keeps: () => true },
    { name: 'torn at a sector', keeps: counted(at => at < border) },
    { name: 'late ones before early ones', keeps: counted(at => at >= border) },
    { name: 'any of them', keeps: () => random() < 0.5 },
    { name: 'nearly all', keeps: () => random() < 0.95 },
  ]
}

function counted(keeps: (at: number) => boolean): Keeps {
  let at = 0
  return () => keeps(at++)
}

/** The same numbers in [0, 1) for the same seed: Mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
