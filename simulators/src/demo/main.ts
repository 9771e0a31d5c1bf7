// What `npm start` runs: cloud, gateway and the simulators of three sites as processes of their own.
import { join } from 'node:path'
import { StartError } from '@picket/devices'
import { Child } from './child.ts'
import { buildConsole, needsBuild } from './console-build.ts'
import { type DutyPhone, openDutyPhone } from './duty-phone.ts'
import { type DemoFolder, prepareFolder } from './folder.ts'
import { checkPortFree, isListening } from './ports.ts'
import { type Settings, settingsFrom } from './settings.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const TEMPLATES = join(import.meta.dirname, '..', '..', 'demo')
const SITES = ['slope', 'catchment', 'feeder'] as const

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const children: Child[] = []
let phone: DutyPhone | undefined
const stopping = new AbortController()

/** Simulators first, then the gateway, then the cloud: what is under way arrives. */
async function stopAll(): Promise<void> {
  stopping.abort()
  const [cloud, gateway, ...simulators] = children
  await Promise.all(simulators.map(child => child.stop()))
  await gateway?.stop()
  await cloud?.stop()
  await phone?.close()
}

async function start(): Promise<void> {
  const settings = settingsFrom(process.env)
  await checkPortFree(settings.httpPort, 'PICKET_HTTP_PORT')
  await checkPortFree(settings.mqttPort, 'PICKET_MQTT_PORT')
  await checkPortFree(settings.fieldPort, 'PICKET_FIELD_MQTT_PORT')
  const consoleFolder = join(ROOT, 'cloud', 'console')
  phone = await openDutyPhone(say)
  const parts = { templates: TEMPLATES, console: join(consoleFolder, 'dist'), dutyUrl: phone.url }
  const folder = prepareFolder(settings, parts)
  if (needsBuild(consoleFolder)) {
    say('picket: building the console ...')
    await buildConsole(consoleFolder, stopping.signal)
  }
  say('picket: starting ...')
  await startPrograms(settings, folder)
  if (!stopping.signal.aborted) greet(settings, folder)
}

async function startPrograms(settings: Settings, folder: DemoFolder): Promise<void> {
  // Only the cloud gets the admin's credentials.
  const { PICKET_ADMIN_PASSWORD: _password, PICKET_ADMIN_TOKEN: _token, ...environment } = process.env
  const program = (name: string, room: string, command: readonly string[] = []) => ({
    name,
    script: join(ROOT, room, 'src', 'main.ts'),
    arguments: [...command, '--config', folder.config(`${name}.yaml`)],
    environment: environment as Record<string, string | undefined>,
    logFile: join(folder.logs, `${name}.log`),
    say,
  })
  const run = async (child: Child, isUp: () => Promise<boolean>): Promise<void> => {
    if (stopping.signal.aborted) return
    children.push(child)
    await child.start(isUp)
  }
  const cloud = program('cloud', 'cloud')
  cloud.environment = {
    ...environment,
    PICKET_ADMIN_PASSWORD: folder.firstPassword ?? settings.adminPassword,
    PICKET_ADMIN_TOKEN: settings.adminToken,
  }
  await run(
    new Child(cloud),
    async () => (await isHealthy(settings.httpPort)) && isListening(settings.mqttPort),
  )
  await run(new Child(program('gateway', 'edge')), () => isListening(settings.fieldPort))
  const soon = performance.now() + 500
  await Promise.all(
    SITES.map(site =>
      run(new Child(program(site, 'simulators', ['run'])), async () => performance.now() > soon),
    ),
  )
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/health`, {
      signal: AbortSignal.timeout(2000),
    })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}

function greet(settings: Settings, folder: DemoFolder): void {
  const { firstPassword } = folder
  const password =
    firstPassword === undefined
      ? 'as set at the first start'
      : settings.adminPassword === undefined
        ? `${firstPassword}   (shown this once; keep it)`
        : 'the one in PICKET_ADMIN_PASSWORD'
  say('')
  say('Picket keeps watch over a slope, a river and a feeder, all simulated.')
  say(`  console   http://127.0.0.1:${settings.httpPort}/`)
  say('  user      admin')
  say(`  password  ${password}`)
  say(`  sensors   mqtt://127.0.0.1:${settings.fieldPort}, topic sensors/{device}/{quantity}`)
  say(`  data      ${settings.dataFolder}, logs in ${folder.logs}`)
  if (firstPassword !== undefined) say('Within two minutes one alarm is raised and another clears.')
  say('Ctrl-C stops; the next start goes on from there.')
  folder.forgetFirstPassword()
}

let ending = false
async function end(code: number): Promise<void> {
  if (ending) return
  ending = true
  await stopAll()
  process.exit(code)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (!ending) say('picket: stopping ...')
    end(0)
  })

try {
  await start()
} catch (error) {
  if (!(error instanceof StartError)) {
    await stopAll()
    throw error
  }
  process.stderr.write(`picket: ${error.message}\n`)
  await end(1)
}
