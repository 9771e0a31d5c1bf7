import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '@picket/devices'
import { type Clock, loadConfig } from '@picket/devices/runtime'
import { GatewayConfig } from '../config.ts'
import { type OutputConfig, readOutputs } from '../guard/output-config.ts'
import { DATABASE_FILE } from '../outbox/database.ts'
import { askState, type GatewayState } from '../status/state-socket.ts'
import { examineClock } from './clock.ts'
import { examineSecret } from './credentials.ts'
import { examineDisk } from './disk.ts'
import { type Finding, fault, ok, warning } from './finding.ts'
import { examineGuard } from './guard.ts'
import { examineLink } from './link.ts'
import { examineOutbox } from './outbox.ts'
import { examineRefused } from './refused.ts'
import { examineSources } from './sources.ts'

const LOCKS = '/proc/locks'

export interface DoctorOptions {
  /** The gateway's file. */
  file: string
  environment: Record<string, string | undefined>
  clock: Clock
  /** Whether the machine's clock is synchronised; undefined where nobody can tell. */
  synchronised(): Promise<boolean | undefined>
}

/** Looks at all that a gateway needs, and changes nothing. A gateway that runs is asked, and not disturbed. */
export async function examine({ file, environment, clock, synchronised }: DoctorOptions): Promise<Finding[]> {
  const isSynchronised = await synchronised()
  const loaded = load(file, environment)
  if ('level' in loaded) return [loaded, examineClock(clock.now(), isSynchronised, undefined)]
  const { config, outputs, resolve, lineOf } = loaded
  const data = resolve(config.data)
  const state = (await askState(data)) ?? (isHeld(join(data, DATABASE_FILE)) ? 'silent' : undefined)
  const running = state === 'silent' ? undefined : state
  const passwordFile = resolve(config.cloud.passwordFile)
  const secret = examineSecret('credentials', passwordFile, 'cloud.passwordFile')
  const password = secret.level === 'fault' ? '' : readFileSync(passwordFile, 'utf8').trim()
  const place = { file, lineOf, resolve }
  const findings = [
    ok('config', `${file} is as it should be`),
    examineGateway(file, state, config.id),
    examineClock(clock.now(), isSynchronised, running?.clock),
  ]
  findings.push(...examineDisk(data, config.outbox.maxBytes))
  // What is looked at from here on would disturb one that runs and cannot be asked.
  if (state === 'silent') return [...findings, secret]
  return [
    ...findings,
    ...examineOutbox(data, config.outbox.maxBytes, running),
    secret,
    ...(await examineLink({ gateway: config.id, url: config.cloud.url, password, state: running })),
    ...(await examineSources({ config, outputs, place, clock, state: running })),
    examineRefused(data, clock.now()),
    ...(await examineGuard({ ...config, outputs }, place, environment.PATH ?? '')),
  ]
}

/** Whether a process holds the outbox, as Linux lists its locks; a gateway holds it for as long as it runs. */
function isHeld(file: string): boolean {
  const inode = statSync(file, { throwIfNoEntry: false })?.ino
  if (inode === undefined || !existsSync(LOCKS)) return false
  return readFileSync(LOCKS, 'utf8').includes(`:${inode} `)
}

type Loaded = ReturnType<typeof loadConfig<typeof GatewayConfig>> & { outputs: Record<string, OutputConfig> }

function load(file: string, environment: DoctorOptions['environment']): Loaded | Finding {
  try {
    const loaded = loadConfig(file, GatewayConfig, environment)
    return { ...loaded, outputs: readOutputs(loaded.config.outputs, { file, lineOf: loaded.lineOf }) }
  } catch (error) {
    if (error instanceof StartError)
      return fault('config', error.message, 'correct that; nothing else can be looked at before')
    const { message } = error as Error
    return fault('config', message, existsSync(file) ? 'let this user read it' : 'name another with --config')
  }
}

function examineGateway(file: string, state: GatewayState | 'silent' | undefined, id: string): Finding {
  const check = 'gateway'
  if (state === undefined)
    return warning(check, 'it does not run', 'start it when this is in order: systemctl start picket-edge')
  if (state === 'silent')
    return fault(check, 'it runs, but does not answer', 'systemctl restart picket-edge, and see its log')
  const since = new Date(state.startedAt).toISOString()
  if (state.gateway !== id || statSync(file).mtimeMs > state.startedAt)
    return warning(
      check,
      `${state.gateway} runs since ${since}, and ${file} was changed later`,
      'systemctl restart picket-edge, to run with what stands there now',
    )
  return ok(check, `runs since ${since}`)
}
