import { Command } from 'commander'
import { type BacktestResult, backtest } from '../backtest/backtest.ts'
import { backtestText } from '../backtest/backtest-text.ts'
import { DEFAULT_URL } from '../publishing/cloud-access.ts'
import { readPacks, runCommand, UnusableError } from './files.ts'
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

interface BacktestCommandOptions extends HistoryOptions {
  against?: string
  operators?: string
  json?: boolean
}

/** Options of every command over stored readings. */
export const withHistoryOptions = (command: Command): Command =>
  command
    .option(
      '--url <address>',
      `readings of the running cloud at this address; ${DEFAULT_URL} if absent, and no --csv`,
    )
    .option('--token-file <file>', 'file with an API token; else the environment variable PICKET_TOKEN')
    .option('--csv <path>', 'readings of a CSV file or a folder of them: device,quantity,time,value,quality')
    .option('--registry <file>', 'the devices and sites of the CSV files')
    .option('--models <folder>', 'device models beside the shipped ones, for CSV files')
    .option(
      '--from <time>',
      'first time that counts, such as 2026-05-01T00:00:00+08:00; if absent 30 days before the end in a cloud, all of a CSV file',
    )
    .option('--to <time>', 'end, exclusive; now, or the end of the CSV files, if absent')
    .option('--labels <file>', 'what really happened: CSV with begin,end,site,device')
    .option('--near <duration>', 'an alarm so long before or after an event tells of it too; 0s if absent')

/** `picket-rules backtest`. */
export const backtestCommand = (): Command =>
  withHistoryOptions(new Command('backtest'))
    .description('What rules would have done over stored readings, beside others.')
    .argument('<new...>', 'pack files, folders of packs, or "live" for the rules of the cloud')
    .option('--against <old>', 'rules to compare with: file, folder or "live"')
    .option('--operators <number>', 'how many share the alarms', '1')
    .option('--json', 'the whole result as JSON')
    .addHelpText('after', '\nExit code: 0 done, 2 something cannot be read or used.')
    .action((candidate: string[], options: BacktestCommandOptions) =>
      runCommand(async () => {
        const operators = Number(options.operators)
        if (!(operators > 0)) throw new UnusableError(['--operators must be a number above 0'])
        const bar = progressBar('backtest')
        const result = await (isOfCloud(options) ? inCloud : inThisProcess)(candidate, {
          options,
          operators,
          onProgress: bar.show,
        }).finally(bar.end)
        console.log(options.json ? JSON.stringify(result) : backtestText(result))
        return 0
      }),
    )

interface Asked {
  options: BacktestCommandOptions
  operators: number
  onProgress: (done: number) => void
}

async function inThisProcess(
  candidate: readonly string[],
  { options, operators, onProgress }: Asked,
): Promise<BacktestResult> {
  const { compile, ...source } = openFileHistory(options)
  const rules = compile(candidate)
  const against = options.against === undefined ? undefined : compile([options.against])
  const labels = readLabelOptions(options)
  return backtest({ ...source, ...labels, candidate: rules, against, operators, onProgress })
}

async function inCloud(
  candidate: readonly string[],
  { options, operators, onProgress }: Asked,
): Promise<BacktestResult> {
  const client = openCloudHistory(options)
  const { against } = options
  const request = {
    candidate: rulesFor(candidate),
    ...(against === undefined ? {} : { against: rulesFor([against]) }),
    ...readSpan(options),
    ...readLabelOptions(options),
    operators,
  }
  return client.work<BacktestResult>('/backtests', request, onProgress)
}

/** Rules as the API takes them. */
export const rulesFor = (paths: readonly string[]) =>
  paths.length === 1 && paths[0] === LIVE ? LIVE : readPacks(paths)
