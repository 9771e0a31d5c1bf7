import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { StartError } from '@picket/devices'
import { loadConfig, openClock, runProgram } from '@picket/devices/runtime'
import { Command } from 'commander'
import { GatewayConfig } from './config.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { answerWithState, type GatewayState } from './status/state-socket.ts'
import { underSystemd } from './status/systemd.ts'

const BOOT_ID = '/proc/sys/kernel/random/boot_id'
const RTC = '/sys/class/rtc/rtc0'

const program = new Command('picket-edge')
  .description('Collects readings in the field, keeps them safe and forwards them to the cloud')
  .requiredOption('--config <file>', 'the gateway file (YAML)')
  .configureHelp({ showGlobalOptions: true })
  .action(({ config }) => run(config))

program
  .command('doctor')
  .description(
    'says of all that a gateway needs whether it is in order, and what to do; exit code 1 for a fault',
  )
  .option('--json', 'for programs', false)
  .action(async ({ json }) => {
    const { runDoctor } = await import('./doctor/command.ts')
    // Nothing that a source or the link left behind may hold the answer up.
    process.exit(await runDoctor(program.opts().config, { json }))
  })

program
  .command('refused')
  .description('shows the newest messages of sensors that were refused, with their bytes')
  .option('--json', 'for programs', false)
  .action(async ({ json }) => {
    const { refusedText } = await import('./intake/refused-command.ts')
    console.log(refusedText(program.opts().config, { json }))
  })

program
  .command('output')
  .description('switches an output by hand, for a while; `auto` gives it back to the rules')
  .argument('<name>', 'as the gateway file has it')
  .argument('<state>', 'on, off or auto')
  .option('--for <time>', 'how long, such as 1h30m; 30d at most')
  .option('--by <name>', 'who wants it')
  .option('--reason <text>', 'why')
  .action(async (output, state, wish) => {
    const { switchByHand } = await import('./guard/output-command.ts')
    try {
      console.log(await switchByHand(program.opts().config, { ...wish, output, state }))
    } catch (error) {
      if (!(error instanceof StartError)) throw error
      process.stderr.write(`picket-edge: ${error.message}\n`)
      process.exitCode = 1
    }
  })

await program.parseAsync()

function run(file: string): Promise<void> {
  return runProgram('picket-edge', async log => {
    const { config, resolve, lineOf } = loadConfig(file, GatewayConfig)
    config.data = resolve(config.data)
    const password = readPassword(resolve(config.cloud.passwordFile))
    const startedAt = Date.now()
    let idle = (): Promise<void> => Promise.resolve()
    const gateway = await startGateway({
      config,
      place: { file, lineOf, resolve },
      password,
      log,
      clock: openClock(process.env.PICKET_CLOCK, () => idle()),
      ...readMachine(),
      token: () => randomBytes(16).toString('hex'),
      random: Math.random,
    })
    idle = gateway.idle
    const answers = answerWithState(config.data, () => stateOf(gateway, { id: config.id, startedAt }), log)
    return underSystemd(
      { ...gateway, stop: () => gateway.stop().finally(answers.stop) },
      { environment: process.env, log },
    )
  })
}

function stateOf(
  { uplink, sources, clock, outbox }: Gateway,
  { id, startedAt }: { id: string; startedAt: number },
): GatewayState {
  const { pendingRecords, fill, droppedRecords, setAsideCount: setAside } = outbox
  return {
    gateway: id,
    startedAt,
    connected: uplink.connected,
    sources: sources(),
    clock: clock(),
    outbox: { pendingRecords, fill, droppedRecords, setAside },
  }
}

function readMachine(): { boot?: string; hasRtc: boolean } {
  const hasRtc = existsSync(RTC)
  return existsSync(BOOT_ID) ? { boot: readFileSync(BOOT_ID, 'utf8').trim(), hasRtc } : { hasRtc }
}

function readPassword(passwordFile: string): string {
  const password = existsSync(passwordFile) ? readFileSync(passwordFile, 'utf8').trim() : ''
  if (password === '')
    throw new StartError(
      'password-missing',
      `no password in ${passwordFile}; put the gateway's password there (cloud.passwordFile)`,
    )
  return password
}
