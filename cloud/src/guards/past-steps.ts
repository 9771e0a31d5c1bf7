import type { Transition } from '@picket/rules'

/**
 * Steps that came together: those of an episode that was over before it came, and that nobody knew of, are marked as of the
 * past. They are recorded, and page nobody.
 *
 * @param open - episodes that are known to run
 */
export function pastOnes(
  steps: readonly Transition[],
  open: { has(episode: string): boolean },
): Transition[] {
  const ends = new Map(steps.map(({ episode, kind }) => [episode, kind]))
  const isPast = ({ episode }: Transition): boolean => ends.get(episode) === 'cleared' && !open.has(episode)
  return steps.map(step => (isPast(step) ? { ...step, retrospective: true } : step))
}
