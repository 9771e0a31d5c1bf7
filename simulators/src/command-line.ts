// The command picket-sim: reads arguments, files and the environment, and runs what they ask for.
import { StartError } from '@picket/devices'
import { loadConfig, openClock, runProgram } from '@picket/devices/runtime'
import { Command, InvalidArgumentError, Option } from 'commander'
import { runLoad } from './load/load.ts'
import { ProgressBar } from './replay/progress-bar.ts'
import { type ReplaySummary, replay } from './replay/replay.ts'
import { parseUtcOffset } from './replay/time-format.ts'
import { startScenario } from './scenario/run.ts'
import { Scenario } from './scenario/scenario.ts'

const GATEWAY = 'mqtt://127.0.0.1:1884'

export const program = new Command('picket-sim').description(
  'Simulated sites, recorded data and load for a Picket gateway.',
)

program
  .command('run')
  .description('simulate a site: its history, then live, until it is stopped')
  .requiredOption('--config <file>', 'the scenario')
  .action((options: { config: string }) =>
    runProgram('picket-sim', async log => {
      const { config, resolve } = loadConfig(options.config, Scenario)
      let idle = (): Promise<void> => Promise.resolve()
      const clock = openClock(process.env.PICKET_CLOCK, () => idle())
      const running = startScenario(config, { data: resolve(config.data), clock, log })
      idle = () => running.idle()
      running.live.then(() => log.info({ scenario: config.scenario }, 'history is acknowledged; now live'))
      return running
    }),
  )

program
  .command('replay')
  .description('publish recorded data as a device, with its own times')
  .requiredOption('--csv <file>', 'the record: CSV, separated by blanks or tabs, or of fixed width')
  .requiredOption('--device <id>', 'the device to publish as')
  .requiredOption('--quantity <name>', 'the quantity to publish')
  .option('--time <column>', 'column of the time: its name, its number from 1, or several as 1-5', '1')
  .option('--value <column>', 'column of the value: its name or its number from 1', '2')
  .option('--separator <character>', 'a character, "tab" or "whitespace"', ',')
  .option('--no-header', 'the first line is data')
  .option('--fixed-width <picture>', 'fixed width: V value, Y M D H m s time, . skipped: ..YYYYMMDDHHVVV')
  .option('--time-format <format>', 'iso, epoch-s, epoch-ms or a picture such as "YYYY-MM-DD HH:mm"', 'iso')
  .option('--utc-offset <hours>', "how far the record's clock is ahead of UTC, such as +08:00", utcOffset, 0)
  .option('--scale <factor>', 'multiply values by this', finite, 1)
  .option('--missing <texts>', 'values that mean "none", separated by commas', list, ['NaN', 'NA', 'null'])
  .option('--url <url>', "the gateway's broker", GATEWAY)
  .addOption(
    new Option('--speed <factor>', 'times faster than recorded, or max')
      .argParser(speed)
      .default(Number.POSITIVE_INFINITY, 'max'),
  )
  .option('--batch <count>', 'readings in one message', count, 200)
  .option('--patience <seconds>', 'give up after so long without an acknowledgement', finite, 60)
  .option('--progress', 'draw the progress even where standard error is no terminal')
  .action(replayCommand)

program
  .command('load')
  .description('publish as much as asked for, and measure the acknowledgements')
  .option('--url <url>', "the gateway's broker", GATEWAY)
  .option('--device-prefix <text>', 'device ids are this with a number from 0', 'load-')
  .option('--quantity <name>', 'the quantity to publish', 'level')
  .option('--devices <count>', 'how many devices', count, 200)
  .option('--batch <count>', 'readings in one message', count, 100)
  .addOption(
    new Option('--rate <readings>', 'readings a second, or max')
      .argParser(speed)
      .default(Number.POSITIVE_INFINITY, 'max'),
  )
  .option('--duration <seconds>', 'how long', finite, 10)
  .option('--connections <count>', 'MQTT connections', count, 1)
  .addOption(
    new Option('--window <messages>', 'unacknowledged messages per connection').argParser(count).default(64),
  )
  .action(({ duration, ...options }) =>
    orOneLine(async () => {
      const report = await runLoad({ ...options, durationMs: duration * 1000 })
      process.stdout.write(`${JSON.stringify(report)}\n`)
      if (report.acknowledged < report.sent) process.exitCode = 1
    }),
  )

interface ReplayArguments {
  csv: string
  device: string
  quantity: string
  time: string
  value: string
  separator: string
  header: boolean
  fixedWidth?: string
  timeFormat: string
  utcOffset: number
  scale: number
  missing: string[]
  url: string
  speed: number
  batch: number
  patience: number
  progress?: boolean
}

function replayCommand(options: ReplayArguments): Promise<void> {
  return orOneLine(async () => {
    const { csv, device, quantity, url, speed, batch, patience, progress, utcOffset, ...layout } = options
    const bar = progress || process.stderr.isTTY ? new ProgressBar(process.stderr) : undefined
    const abort = new AbortController()
    process.once('SIGINT', () => abort.abort())
    const summary = await replay({
      file: csv,
      device,
      quantity,
      url,
      speed,
      batch,
      patienceMs: patience * 1000,
      layout: { ...layout, utcOffsetMs: utcOffset },
      onProgress: (done, counts) => bar?.draw(done, counts),
      signal: abort.signal,
    })
    process.stdout.write(`${JSON.stringify(summary)}\n`)
    process.exitCode = exitCodeOf(summary, abort.signal.aborted)
  })
}

const exitCodeOf = ({ sent, acknowledged }: ReplaySummary, aborted: boolean): number =>
  sent === 0 || acknowledged < sent ? 1 : aborted ? 130 : 0

/** A StartError is one line on standard error and exit code 1. */
async function orOneLine(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    process.stderr.write(`picket-sim: ${error.message}\n`)
    process.exitCode = 1
  }
}

function finite(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('give a number')
  return value
}

function count(text: string): number {
  const value = finite(text)
  if (!Number.isInteger(value) || value < 1 || value > 10_000)
    throw new InvalidArgumentError('give a whole number from 1 to 10000')
  return value
}

function speed(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY
  const value = finite(text)
  if (value <= 0) throw new InvalidArgumentError('give a number above 0, or max')
  return value
}

function utcOffset(text: string): number {
  const value = parseUtcOffset(text)
  if (value === undefined) throw new InvalidArgumentError('give an offset such as +08:00')
  return value
}

function list(text: string): string[] {
  return text.split(',').map(item => item.trim())
}
