/**
 * Noise without state: each function is a pure function of a seed and a key, so that a signal can be asked
 * for any time, in any order, after any restart, and answers the same.
 */

// The finalizer of MurmurHash3 (Austin Appleby, public domain): every input bit changes half of the output's.
function mix(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A seed of its own for a part of a simulation, such as a series by its name. */
export function seedOf(seed: number, name: string): number {
  let h = mix(seed ^ 0x9e3779b9)
  for (let i = 0; i < name.length; i++) h = mix(h ^ name.charCodeAt(i) ^ Math.imul(i, 0x27d4eb2f))
  return h
}

/** Evenly distributed in [0, 1). The key is any integer up to 2^53, for example a time in ms. */
export function uniform(seed: number, key: number): number {
  const high = Math.floor(key / 0x1_0000_0000)
  return mix(mix(mix(seed ^ 0x51ed270b) ^ key) ^ Math.imul(high + 1, 0x9e3779b1)) / 0x1_0000_0000
}

/** Normally distributed with mean 0 and deviation 1 (Box and Muller 1958). */
export function normal(seed: number, key: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(seed, key)))
  return radius * Math.cos(2 * Math.PI * uniform(seed ^ 0x6a09e667, key))
}

/**
 * A wandering value between about -2 and 2: normal values every `periodMs`, joined smoothly. It has no jumps,
 * and values further apart than two periods have nothing to do with each other.
 */
export function wander(seed: number, t: number, periodMs: number): number {
  const slot = Math.floor(t / periodMs)
  const part = t / periodMs - slot
  const weight = part * part * (3 - 2 * part)
  return normal(seed, slot) * (1 - weight) + normal(seed, slot + 1) * weight
}
