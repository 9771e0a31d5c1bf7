import { parseDuration } from '@picket/devices'
import { Argument, type Command, InvalidArgumentError } from 'commander'
import { FLAG_KINDS, type FlagKind, type FlagScope } from '../alarm/flag.ts'
import type { CloudClient } from '../cloud-client.ts'
import { askCloud, type CloudOptions, EXIT_CODES, withCloud } from '../publishing/cloud-access.ts'
import { endFlag, type Flag, type FlagState, listFlags, resetAlarm, setFlag } from './flags.ts'

interface SetOptions extends CloudOptions, FlagScope {
  from?: number
  until?: number
  for?: number
  reason: string
}

/** Adds the commands of an operator: `flag` sets alarms aside for a while, `reset` lets go of a latched one. */
export function addOperating(program: Command): void {
  const flag = program
    .command('flag')
    .description('Set alarms aside for a while: they are recorded and shown, and tell nobody.')
  withCloud(flag.command('list'))
    .description('List what sets alarms aside now and from a planned time on; or the past.')
    .option('--past', 'what has ended, the newest first')
    .addHelpText('after', EXIT_CODES)
    .action(({ past, ...options }: CloudOptions & { past?: boolean }) =>
      askCloud(options, cloud => list(cloud, past ? ['past'] : ['in-force', 'planned'])),
    )
  withCloud(flag.command('set'))
    .description('Set alarms aside: shelve one, or suppress, take out of service or maintain more.')
    .addArgument(new Argument('<kind>', 'why').choices(FLAG_KINDS))
    .option('--rule <id>', 'only alarms of this rule')
    .option('--device <id>', 'only alarms of this device')
    .option('--site <id>', 'only alarms at this site')
    .option('--for <duration>', 'how long, such as 8h; or --until', durationOf)
    .option('--until <time>', 'ISO 8601 with its zone, such as 2026-05-01T18:00+08:00', timeOf)
    .option('--from <time>', 'when maintenance begins; now if absent', timeOf)
    .requiredOption('--reason <text>', 'why; kept with it')
    .addHelpText('after', EXIT_CODES)
    .action((kind: FlagKind, options: SetOptions) =>
      askCloud(options, async cloud => {
        console.log(flagLine(await setFlag(cloud, wishOf(kind, options))))
        return 0
      }),
    )
  withCloud(flag.command('end'))
    .description('End it before its time; what still runs is told then.')
    .argument('<flag>', 'id, as `flag list` shows it')
    .option('--reason <text>', 'why; kept with it')
    .addHelpText('after', EXIT_CODES)
    .action((id: string, { reason, ...options }: CloudOptions & { reason?: string }) =>
      askCloud(options, async cloud => {
        console.log(flagLine(await endFlag(cloud, id, reason)))
        return 0
      }),
    )
  withCloud(program.command('reset'))
    .description('Let go of a latched alarm that is over and acknowledged.')
    .argument('<alarm>', 'id of the alarm')
    .option('--note <text>', 'kept with it')
    .addHelpText('after', EXIT_CODES)
    .action((id: string, { note, ...options }: CloudOptions & { note?: string }) =>
      askCloud(options, async cloud => {
        const { alarm } = await resetAlarm(cloud, id, note)
        console.log(`alarm ${alarm.id} of ${alarm.rule} at ${alarm.device ?? alarm.site} is ${alarm.state}`)
        return 0
      }),
    )
}

async function list(cloud: CloudClient, states: readonly FlagState[]): Promise<number> {
  for (const state of states) for (const flag of await listFlags(cloud, state)) console.log(flagLine(flag))
  return 0
}

function wishOf(kind: FlagKind, { rule, device, site, from, until, for: durationMs, reason }: SetOptions) {
  const given = <T>(name: string, value: T | undefined) => (value === undefined ? {} : { [name]: value })
  const scope = { ...given('rule', rule), ...given('device', device), ...given('site', site) }
  const times = { ...given('from', from), ...given('until', until), ...given('durationMs', durationMs) }
  return { kind, scope, reason, ...times }
}

function flagLine({ id, kind, state, scope, from, until, by, reason }: Flag): string {
  const covers = Object.entries(scope).map(([criterion, value]) => `${criterion} ${value}`)
  const times = [from, until].map(t => new Date(t).toISOString()).join(' to ')
  return [id, kind, state, covers.join(', '), times, by, reason].join('\t')
}

function durationOf(text: string): number {
  const durationMs = parseDuration(text)
  if (durationMs !== undefined) return durationMs
  throw new InvalidArgumentError('a duration such as 30m, 8h or 2d')
}

function timeOf(text: string): number {
  const t = Date.parse(text)
  // Without a zone it would be this machine's, which may not be the one that is meant.
  if (!Number.isNaN(t) && /(Z|[+-]\d\d:?\d\d)$/i.test(text)) return t
  throw new InvalidArgumentError('a time in ISO 8601 with its zone, such as 2026-05-01T18:00+08:00')
}
