import type { Reset } from '../engine/carry-over.ts'
import type { Plan } from './rule-sets.ts'

/** What publishing would change, in words, one line each. */
export function planText({
  added,
  removed,
  changed,
  unchanged,
  resets,
  steps,
  stepCount,
  warnings,
}: Plan): string {
  const lines = [
    ...added.map(rule => `+ ${rule}`),
    ...removed.map(rule => `- ${rule}`),
    ...changed.flatMap(({ rule, differences }) => [
      `~ ${rule}`,
      ...differences.map(
        ({ place, before, after }) => `    ${place}: ${before ?? 'nothing'} -> ${after ?? 'nothing'}`,
      ),
    ]),
    `${unchanged} ${unchanged === 1 ? 'rule stays' : 'rules stay'} as before`,
    ...resets.map(({ rule, reset, count, devices }) => {
      const more = count > devices.length ? ` and ${count - devices.length} more` : ''
      return `reset: ${rule} at ${devices.join(', ')}${more}: ${resetText(reset)}`
    }),
    ...steps.map(({ rule, device, kind, level }) =>
      ['at once:', rule, ...(device === null ? [] : ['at', device]), kind, level ?? ''].join(' ').trimEnd(),
    ),
  ]
  if (stepCount > steps.length) lines.push(`and ${stepCount - steps.length} more alarms at once`)
  if (stepCount === 0) lines.push('no alarm begins or ends at once')
  return [...lines, ...warnings.map(warning => `warning: ${warning}`)].join('\n')
}

function resetText(reset: Reset): string {
  switch (reset.kind) {
    case 'feature':
      return `the window of ${reset.name} begins anew`
    case 'delay':
      return `the delay of ${reset.level} starts over`
    case 'clearing':
      return `the delay after which ${reset.level} ends starts over`
    case 'episode':
      return `${reset.level} ${reset.becomes === null ? 'ends' : `becomes ${reset.becomes}`}`
    case 'late':
      return 'readings of before that come late are not judged again'
  }
}
