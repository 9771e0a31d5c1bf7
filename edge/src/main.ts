import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { StartError } from '@picket/devices'
import { loadConfig, openClock, runProgram } from '@picket/devices/runtime'
import { GatewayConfig } from './config.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { answerWithState, type GatewayState } from './status/state-socket.ts'
import { underSystemd } from './status/systemd.ts'

const BOOT_ID = '/proc/sys/kernel/random/boot_id'
const RTC = '/sys/class/rtc/rtc0'

const [option, file, ...more] = process.argv.slice(2)
// What reads a command line of any kind takes a megabyte, and a gateway that runs for years needs none of it.
if (option === '--config' && file !== undefined && more.length === 0) await run(file)
else {
  const { commandLine } = await import('./command-line.ts')
  await commandLine(run).parseAsync()
}

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
