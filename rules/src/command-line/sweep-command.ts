import { Command } from 'commander'
import { sweepText } from '../backtest/backtest-text.ts'
import { findSwept, readSweepTarget, type SweepResult, type SweepTarget, sweep } from '../backtest/sweep.ts'
import { drawSweep } from '../backtest/sweep-picture.ts'
import { rulesFor, withHistoryOptions } from './backtest-command.ts'
import { runCommand, UnusableError, writeFile } from './files.ts'
import {
  type HistoryOptions,
  isOfCloud,
  LIVE,
  openCloudHistory,
  openFileHistory,
  readLabelOptions,
  readSpan,
} from './history-source.ts'
import { progressBar } from './progress-bar.ts'

interface SweepCommandOptions extends HistoryOptions {
  rules: string
  svg?: string
  json?: boolean
}

/** `picket-rules sweep`. */
export const sweepCommand = (): Command =>
  withHistoryOptions(new Command('sweep'))
    .description('What a rule would have done with other values of a parameter.')
    .argument('<range>', 'rule.parameter=a..b, or a..b/steps; 11 values if absent')
    .option('--rules <path>', 'pack file, folder of packs, or "live"', LIVE)
    .option('--svg <file>', 'draw it into this file')
    .option('--json', 'the whole result as JSON')
    .addHelpText('after', '\nExit code: 0 done, 2 something cannot be read or used.')
    .action((range: string, options: SweepCommandOptions) =>
      runCommand(async () => {
        const read = readSweepTarget(range)
        if (!read.ok) throw new UnusableError([`${read.fault.message} (${read.fault.hint})`])
        const bar = progressBar('sweep')
        const result = await (isOfCloud(options) ? inCloud : inThisProcess)(read.target, {
          options,
          onProgress: bar.show,
        }).finally(bar.end)
        if (options.svg !== undefined) writeFile(options.svg, drawSweep(result))
        console.log(options.json ? JSON.stringify(result) : sweepText(result))
        return 0
      }),
    )

interface Asked {
  options: SweepCommandOptions
  onProgress: (done: number) => void
}

async function inThisProcess(target: SweepTarget, { options, onProgress }: Asked): Promise<SweepResult> {
  const { compile, ...source } = openFileHistory(options)
  const found = findSwept(compile([options.rules]), target)
  if (!found.ok) throw new UnusableError([`${found.fault.message} (${found.fault.hint})`])
  const { rule, parameter } = found
  return sweep({ ...source, ...readLabelOptions(options), rule, parameter, target, onProgress })
}

async function inCloud(target: SweepTarget, { options, onProgress }: Asked): Promise<SweepResult> {
  const client = openCloudHistory(options)
  const request = {
    candidate: rulesFor([options.rules]),
    sweep: target,
    ...readSpan(options),
    ...readLabelOptions(options),
  }
  return client.work<SweepResult>('/backtests', request, onProgress)
}
