/** Numbers that look random and are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const below = (random: () => number, end: number): number => Math.floor(random() * end)
const bytesOf = (random: () => number, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => below(random, 256)))

/** A message that is nearly one of the samples, or none at all. */
export function nearly(samples: readonly Buffer[], random: () => number): Buffer {
  const sample = samples[below(random, samples.length)] as Buffer
  const at = below(random, sample.length + 1)
  switch (below(random, 7)) {
    case 0:
      return bytesOf(random, below(random, 300))
    case 1:
      return sample.subarray(0, at)
    case 2:
      return Buffer.concat([
        sample.subarray(0, at),
        bytesOf(random, 1 + below(random, 20)),
        sample.subarray(at),
      ])
    case 3:
      return Buffer.concat([sample.subarray(at), sample, sample.subarray(0, at)])
    case 4:
      return Buffer.concat([sample.subarray(0, at), samples[below(random, samples.length)] as Buffer])
    default: {
      const changed = Buffer.from(sample)
      for (let times = 1 + below(random, 4); times > 0 && changed.length > 0; times--)
        changed[below(random, changed.length)] = below(random, 256)
      return changed
    }
  }
}
