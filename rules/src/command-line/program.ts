import { dirname, resolve } from 'node:path'
import { formatFileFault, type ModelLibrary } from '@picket/devices'
import { Argument, Command } from 'commander'
import { EDITOR_FILES, type EditorFile, editorSchema } from '../editor-schema.ts'
import { addExplain } from '../explaining/explain-command.ts'
import { detectorTexts } from '../language/detector-text.ts'
import { compilePacks, type PackFile } from '../language/index.ts'
import { didYouMean } from '../language/nearest.ts'
import { printPack } from '../language/print-rule.ts'
import { addOperating } from '../operating/commands.ts'
import { addPublishing } from '../publishing/commands.ts'
import { junitOf } from '../testing/junit.ts'
import { prepareTests } from '../testing/prepare.ts'
import { reportOf, summaryOf } from '../testing/report.ts'
import { passed, runTest, type TestResult } from '../testing/run-test.ts'
import { readTestFile } from '../testing/test-file.ts'
import { backtestCommand } from './backtest-command.ts'
import {
  EXIT_UNREADABLE,
  EXIT_WRONG,
  readFile,
  readModels,
  runCommand,
  UnusableError,
  writeFile,
} from './files.ts'
import { sweepCommand } from './sweep-command.ts'

function check(files: readonly string[], models: ModelLibrary): number {
  // Tests stand beside their packs, so `*.yaml` names them too.
  const named = files.filter(file => !file.endsWith('.test.yaml'))
  if (named.length === 0) throw new UnusableError(['no pack among the files; use `test` for tests'])
  const packs: PackFile[] = named.map(file => ({ file, text: readFile(file) }))
  const result = compilePacks(packs, { models })
  if (!result.ok) {
    for (const fault of result.faults) console.error(formatFileFault(fault))
    return EXIT_WRONG
  }
  for (const [pack, rules] of Map.groupBy(result.rules, rule => rule.pack))
    console.log(printPack(pack, rules))
  return 0
}

function runFile(file: string, models: ModelLibrary): TestResult[] {
  const read = readTestFile(readFile(file), file)
  if (!read.ok) throw new UnusableError(read.faults)
  const packs = read.document.value.packs.map(pack => {
    const path = resolve(dirname(file), pack)
    return { file: path, text: readFile(path) }
  })
  const compiled = compilePacks(packs, { models })
  if (!compiled.ok) throw new UnusableError(compiled.faults)
  const prepared = prepareTests(read.document, file, { rules: compiled.rules, models })
  if (!prepared.ok) throw new UnusableError(prepared.faults)
  return prepared.tests.map(test => runTest(test, compiled.rules))
}

function test(files: readonly string[], { models, junit }: { models: ModelLibrary; junit?: string }): number {
  const results: TestResult[] = []
  let unreadable = false
  for (const file of files) {
    try {
      results.push(...runFile(file, models))
    } catch (error) {
      if (!(error instanceof UnusableError)) throw error
      for (const line of error.lines) console.error(line)
      unreadable = true
    }
  }
  const failed = results.filter(result => !passed(result))
  for (const result of failed) console.log(`${reportOf(result)}\n`)
  if (results.length > 0) console.log(summaryOf(results))
  if (junit !== undefined) writeFile(junit, junitOf(results))
  if (unreadable) return EXIT_UNREADABLE
  return failed.length > 0 ? EXIT_WRONG : 0
}

function detectors(names: readonly string[]): number {
  const texts = detectorTexts()
  for (const name of names.length > 0 ? names : texts.keys()) {
    const text = texts.get(name)
    if (text === undefined)
      throw new UnusableError([`there is no detector "${name}" (${didYouMean(name, [...texts.keys()])})`])
    console.log(text)
  }
  return 0
}

export const program = new Command('picket-rules').description('Checks, tests and backtests rules.')
program
  .command('check')
  .description('Compile packs together; print them in normal form, or what is wrong with file and line.')
  .argument('<files...>', 'packs (YAML); files of tests among them are left out')
  .option('--models <folder>', 'device models beside the shipped ones')
  .addHelpText('after', '\nExit code: 0 no fault, 1 faults, 2 a file cannot be read.')
  .action((files: string[], options: { models?: string }) =>
    runCommand(() => check(files, readModels(options.models))),
  )
program
  .command('test')
  .description('Run tests of rules (*.test.yaml).')
  .argument('<files...>', 'files of tests')
  .option('--models <folder>', 'device models beside the shipped ones')
  .option('--junit <file>', 'write the results as JUnit XML')
  .addHelpText(
    'after',
    '\nExit code: 0 all as expected, 1 a test failed, 2 a file cannot be read or has faults.',
  )
  .action((files: string[], { models: folder, junit }: { models?: string; junit?: string }) =>
    runCommand(() => {
      const models = readModels(folder)
      return test(files, junit === undefined ? { models } : { models, junit })
    }),
  )
program
  .command('schema')
  .description('Print the JSON Schema of a kind of file, for editors.')
  .addArgument(new Argument('[kind]', 'what the file holds').choices(EDITOR_FILES).default('pack'))
  .action((kind: EditorFile) => console.log(JSON.stringify(editorSchema(kind), null, 2)))
program
  .command('detectors')
  .description('Say what features can be made of: how each detector is written, its value, its options.')
  .argument('[names...]', 'only these; all if absent')
  .action((names: string[]) => runCommand(() => detectors(names)))
program.addCommand(backtestCommand())
program.addCommand(sweepCommand())
addExplain(program)
addOperating(program)
addPublishing(program)

// commander ends with 1 when it cannot read a command line, which here says that something was looked at and is wrong.
const endOnWrongUsage = (command: Command): void => {
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_UNREADABLE))
  command.commands.forEach(endOnWrongUsage)
}
endOnWrongUsage(program)
