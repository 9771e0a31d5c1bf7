import type { Command } from 'commander'
import { askCloud, type CloudOptions, EXIT_CODES, withCloud } from '../publishing/cloud-access.ts'
import { type AlarmStory, askForAlarm, askForScope, type Explanation } from './explanations.ts'
import { causeText, timeText, traceLines, withheldText } from './trace-text.ts'

/** Adds `picket-rules explain`. */
export function addExplain(program: Command): void {
  withCloud(program.command('explain'))
    .description(
      'Say why an alarm took each of its steps; or what a rule sees at a device now, and waits for.',
    )
    .argument('<alarm|rule>', 'id of an alarm; or of a rule, with the device after it')
    .argument('[device]', 'id of a device; of a site where the rule is one per site')
    .addHelpText('after', EXIT_CODES)
    .action((what: string, device: string | undefined, options: CloudOptions) =>
      askCloud(options, async cloud => {
        console.log(
          device === undefined
            ? alarmText(await askForAlarm(cloud, what))
            : scopeText(await askForScope(cloud, what, device)),
        )
        return 0
      }),
    )
}

/** An alarm from its first step to its last, in words. Times are UTC. */
function alarmText({ alarm, withheld, transitions }: AlarmStory): string {
  const { id, rule, message, device, site, level, state, onset, retrospective } = alarm
  const lines = [
    message.en,
    `alarm ${id} of the rule ${rule} at ${device ?? `the site ${site}`}: ${level}, ${state}`,
    `what it is about began ${timeText(onset)}`,
    ...(retrospective ? ['it was over before its readings came: nobody was told'] : []),
    ...withheld.map(one => `nobody is told now: ${withheldText(one)}`),
  ]
  for (const { kind, level, at, decidedAt, by, trace } of transitions) {
    const decided = decidedAt === at ? '' : ` (decided ${timeText(decidedAt)})`
    const who = by === null ? causeText(trace.cause) : by
    lines.push('', `${timeText(at)} ${kind}${level === null ? '' : ` ${level}`}${decided}: ${who}`)
    lines.push(...traceLines(trace, level).map(line => `  ${line}`))
  }
  return lines.join('\n')
}

/** What a rule sees at a device now and what it waits for, in words. Times are UTC. */
function scopeText({ rule, scope, at, alarm, trace }: Explanation): string {
  const stands = alarm === null ? 'no alarm' : `${alarm.level ?? 'over'}, alarm ${alarm.id}`
  const lines = traceLines(trace, alarm?.level ?? null)
  return [`rule ${rule} at ${scope}, ${timeText(at)}: ${stands}`, ...lines.map(line => `  ${line}`)].join(
    '\n',
  )
}
