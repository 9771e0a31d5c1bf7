/**
 * Uniform numbers in [0, 1) that a seed decides: xorshift32 (Marsaglia 2003, doi 10.18637/jss.v008.i14).
 *
 * @param seed - any integer
 */
export function seededRandom(seed: number): () => number {
  // A state of zero would stay zero; the multiplication parts seeds that are near each other.
  let state = Math.imul(seed | 1, 0x9e3779b1) | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
