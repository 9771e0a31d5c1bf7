import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { type CloudClient, CloudError } from '../cloud-client.ts'
import type { PackFile } from '../language/index.ts'
import { askCloud, type CloudOptions, EXIT_CODES, withCloud } from './cloud-access.ts'
import { planText } from './plan-text.ts'
import {
  listRuleSets,
  planRuleSet,
  proposeRuleSet,
  type RuleSet,
  type Step,
  shadowReport,
  stepRuleSet,
} from './rule-sets.ts'
import { shadowText } from './shadow-text.ts'

// Something was proposed, and a person has to approve it.
const EXIT_WAITS = 3

const NUMBER = /^[1-9]\d{0,8}$/

const WAITS = ' 3 proposed, and waits for an approval.'

interface ReasonOption extends CloudOptions {
  reason: string
}

interface ShadowOptions extends CloudOptions {
  reason?: string
  json?: true
}

const REPORT = 'report'

/** Adds the commands that publish rules to a running cloud. */
export function addPublishing(program: Command): void {
  withCloud(program.command('revisions'))
    .description('List the revisions of the rule set of a running cloud, the newest first.')
    .addHelpText('after', EXIT_CODES)
    .action((options: CloudOptions) => askCloud(options, revisions))
  withReason(program.command('propose'))
    .description('Lay packs down as a revision, the whole rule set; say what publishing it would change.')
    .argument('<packs...>', 'files (YAML)')
    .action((files: string[], { reason, ...options }: ReasonOption) =>
      askCloud(options, async cloud => {
        const proposed = await propose(cloud, files, reason)
        console.log(stateLine(proposed))
        console.log(planText(await planRuleSet(cloud, proposed.number)))
        return 0
      }),
    )
  withCloud(program.command('plan'))
    .description(
      'Say what putting a revision in force would change now: rules, state that starts over, alarms.',
    )
    .argument('<number>', 'of the revision', revisionNumber)
    .addHelpText('after', EXIT_CODES)
    .action((number: number, options: CloudOptions) =>
      askCloud(options, async cloud => {
        console.log(planText(await planRuleSet(cloud, number)))
        return 0
      }),
    )
  withReason(program.command('publish'))
    .description('Put packs in force as the whole rule set, or a proposal by its number.')
    .argument('<packs...>', 'files (YAML), or one number')
    .addHelpText('after', WAITS)
    .action((given: string[], options: ReasonOption) =>
      askCloud(options, cloud => publish(cloud, given, options.reason)),
    )
  addShadow(program)
  addStep(program, 'approve', "Agree with somebody else's revision.")
  addStep(program, 'rollback', 'Put in force again what was so before.')
  addStep(program, 'withdraw', 'End a proposal for good.')
}

function addShadow(program: Command): void {
  withCloud(program.command('shadow'))
    .description(
      'Judge packs, or a proposal by its number, beside what is in force: nobody is paged, and what it does otherwise is counted. One at a time.',
    )
    .argument('<packs...>', 'files (YAML), or one number; `report`: what the shadow that runs does otherwise')
    .option('--reason <text>', 'why; kept with it; needed to begin')
    .option('--json', 'the report as JSON')
    .addHelpText('after', EXIT_CODES)
    .action((given: string[], options: ShadowOptions, command: Command) => {
      const { reason } = options
      if (given.length === 1 && given[0] === REPORT) return reportShadow(options)
      if (reason === undefined) return command.error("error: required option '--reason <text>' not specified")
      return askCloud(options, async cloud => {
        const number = numberIn(given) ?? (await propose(cloud, given, reason)).number
        console.log(stateLine(await stepRuleSet(cloud, { number, step: 'shadow', reason })))
        return 0
      })
    })
  withReason(program.command('unshadow'))
    .description('End the shadow; what it did otherwise is forgotten.')
    .action(({ reason, ...options }: ReasonOption) =>
      askCloud(options, async cloud => {
        const report = await shadowReport(cloud)
        if (!report) throw new CloudError('rule-set-state', 'no rule set runs in the shadow')
        const { number } = report
        console.log(stateLine(await stepRuleSet(cloud, { number, step: 'unshadow', reason })))
        return 0
      }),
    )
}

const reportShadow = (options: ShadowOptions): Promise<void> =>
  askCloud(options, async cloud => {
    const report = await shadowReport(cloud)
    if (options.json) console.log(JSON.stringify(report))
    else console.log(report ? shadowText(report) : 'no rule set runs in the shadow')
    return 0
  })

function addStep(
  program: Command,
  step: Exclude<Step, 'publish' | 'shadow' | 'unshadow'>,
  description: string,
): void {
  withReason(program.command(step))
    .description(description)
    .argument('<number>', 'of the revision', revisionNumber)
    .action((number: number, { reason, ...options }: ReasonOption) =>
      askCloud(options, async cloud => {
        if (step === 'rollback') console.log(planText(await planRuleSet(cloud, number)))
        console.log(stateLine(await stepRuleSet(cloud, { number, step, reason })))
        return 0
      }),
    )
}

const withReason = (command: Command): Command =>
  withCloud(command).requiredOption('--reason <text>', 'why; kept with it').addHelpText('after', EXIT_CODES)

/** The number of a revision, where that is all that was given. */
const numberIn = (given: readonly string[]): number | undefined =>
  given.length === 1 && NUMBER.test(given[0] as string) ? Number(given[0]) : undefined

function revisionNumber(text: string): number {
  if (NUMBER.test(text)) return Number(text)
  throw new InvalidArgumentError('A revision has a whole number above 0.')
}

async function revisions(cloud: CloudClient): Promise<number> {
  const { ruleSets } = await listRuleSets(cloud)
  for (const { number, state, author, at, reason } of ruleSets)
    console.log([number, state, author, new Date(at).toISOString(), reason].join('\t'))
  return 0
}

async function publish(cloud: CloudClient, given: readonly string[], reason: string): Promise<number> {
  const known = numberIn(given)
  const proposed = known === undefined ? await propose(cloud, given, reason) : undefined
  const number = proposed?.number ?? (known as number)
  console.log(planText(await planRuleSet(cloud, number)))
  if (proposed && proposed.approval.touches.length > 0) {
    console.log(stateLine(proposed))
    console.log(`it changes life-safety rules: ${proposed.approval.touches.join(', ')}`)
    console.log(
      `somebody else: picket-rules approve ${proposed.number}; then: picket-rules publish ${proposed.number}`,
    )
    return EXIT_WAITS
  }
  console.log(stateLine(await stepRuleSet(cloud, { number, step: 'publish', reason })))
  return 0
}

const propose = (cloud: CloudClient, files: readonly string[], reason: string): Promise<RuleSet> =>
  proposeRuleSet(cloud, files.filter(isPack).map(readPack), reason)

// Tests stand beside their packs, so `*.yaml` names them too.
const isPack = (file: string): boolean => !file.endsWith('.test.yaml')

function readPack(file: string): PackFile {
  try {
    return { file, text: readFileSync(file, 'utf8') }
  } catch (error) {
    throw new CloudError('file', `${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

const stateLine = ({ number, state, author, reason }: RuleSet): string =>
  `rule set ${number} is ${state} (by ${author}: ${reason})`
