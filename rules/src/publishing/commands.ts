import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { type CloudClient, CloudError } from '../cloud-client.ts'
import type { PackFile } from '../language/index.ts'
import { type CloudOptions, openCloud, withCloud } from './cloud-access.ts'
import { listRuleSets, proposeRuleSet, type RuleSet, type Step, stepRuleSet } from './rule-sets.ts'

const EXIT_REFUSED = 1
const EXIT_UNREADABLE = 2
const EXIT_WAITS = 3
// Nothing was asked, or nothing was answered.
const NO_ANSWER = new Set(['address', 'token', 'file', 'unreachable', 'strange'])

const NUMBER = /^[1-9]\d{0,8}$/

const EXIT_CODES =
  '\nExit code: 0 done, 1 refused by the cloud, 2 the cloud or a file cannot be read, 3 proposed, and waits for an approval.'

interface ReasonOption extends CloudOptions {
  reason: string
}

/** Adds the commands that publish rules to a running cloud. */
export function addPublishing(program: Command): void {
  withCloud(program.command('revisions'))
    .description('List the revisions of the rule set of a running cloud, the newest first.')
    .addHelpText('after', EXIT_CODES)
    .action((options: CloudOptions) => ask(options, revisions))
  withReason(program.command('publish'))
    .description('Put packs in force as the whole rule set, or a proposal by its number.')
    .argument('<packs...>', 'files (YAML), or one number')
    .action((given: string[], options: ReasonOption) =>
      ask(options, cloud => publish(cloud, given, options.reason)),
    )
  addStep(program, 'approve', "Agree with somebody else's revision.")
  addStep(program, 'rollback', 'Put in force again what was so before.')
  addStep(program, 'withdraw', 'End a proposal for good.')
}

function addStep(program: Command, step: Exclude<Step, 'publish'>, description: string): void {
  withReason(program.command(step))
    .description(description)
    .argument('<number>', 'of the revision', revisionNumber)
    .action((number: number, { reason, ...options }: ReasonOption) =>
      ask(options, async cloud => {
        console.log(stateLine(await stepRuleSet(cloud, { number, step, reason })))
        return 0
      }),
    )
}

const withReason = (command: Command): Command =>
  withCloud(command).requiredOption('--reason <text>', 'why; kept with it').addHelpText('after', EXIT_CODES)

function revisionNumber(text: string): number {
  if (NUMBER.test(text)) return Number(text)
  throw new InvalidArgumentError('a whole number above 0')
}

/** Does the work with a client, and says in words why it cannot be done. */
async function ask(options: CloudOptions, work: (cloud: CloudClient) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work(openCloud(options, process.env))
  } catch (error) {
    if (!(error instanceof CloudError)) throw error
    for (const line of [error.message, ...error.details]) console.error(line)
    process.exitCode = NO_ANSWER.has(error.code) ? EXIT_UNREADABLE : EXIT_REFUSED
  }
}

async function revisions(cloud: CloudClient): Promise<number> {
  const { ruleSets } = await listRuleSets(cloud)
  for (const { number, state, author, at, reason } of ruleSets)
    console.log([number, state, author, new Date(at).toISOString(), reason].join('\t'))
  return 0
}

async function publish(cloud: CloudClient, given: readonly string[], reason: string): Promise<number> {
  const [first = ''] = given
  const isNumber = given.length === 1 && NUMBER.test(first)
  const number = isNumber ? Number(first) : await propose(cloud, given, reason)
  if (number === undefined) return EXIT_WAITS
  console.log(stateLine(await stepRuleSet(cloud, { number, step: 'publish', reason })))
  return 0
}

/** The number of the proposal; undefined where somebody has to approve it first. */
async function propose(
  cloud: CloudClient,
  files: readonly string[],
  reason: string,
): Promise<number | undefined> {
  const proposed = await proposeRuleSet(cloud, files.filter(isPack).map(readPack), reason)
  const { number, approval } = proposed
  if (approval.touches.length === 0) return number
  console.log(stateLine(proposed))
  console.log(`it changes life-safety rules: ${approval.touches.join(', ')}`)
  console.log(`somebody else: picket-rules approve ${number}; then: picket-rules publish ${number}`)
  return undefined
}

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
