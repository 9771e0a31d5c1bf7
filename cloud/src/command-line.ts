import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { StartError } from '@picket/devices'
import {
  createLog,
  loadConfig,
  openClock,
  openDataFolder,
  runProgram,
  systemClock,
} from '@picket/devices/runtime'
import { askCloud, type CloudOptions } from '@picket/rules/cloud-access'
import { Command, Option } from 'commander'
import { makeUser, type NewUser } from './api/index.ts'
import { addressOf, type ClockWish, listClocks, tellClock } from './clock-command.ts'
import { type RunningCloud, startCloud } from './cloud.ts'
import { CloudConfig } from './config.ts'
import { verifyJournal } from './ingest/verification.ts'
import { copyStore } from './store-copy.ts'
import { CopyBrokenOff } from './stores/influx/copy.ts'
import { openStores } from './stores/sqlite/stores.ts'

// What a supervisor takes for "start it again".
const EXIT_COMMIT_FAILED = 70

export const program = new Command('picket-cloud')
  .description('Broker, ingest, rules, stores, API and console.')
  .requiredOption('--config <file>', 'configuration file (YAML)')
  // A command that was not understood has compared nothing: not the 1 of `verify` and `store copy`.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(run)
program
  .command('verify')
  .description('replay the journal and compare every transition and notification with what was recorded live')
  .action(() => verify(program.opts()))
program
  .command('user')
  .description('make a further user, while the cloud is stopped; the password is shown once')
  .argument('<name>')
  .addOption(new Option('--role <role>', 'what it may do').choices(['admin', 'viewer']).default('viewer'))
  .option('--token', 'with a token for programs, shown once too')
  .action((name: string, { role, token = false }: { role: NewUser['role']; token?: boolean }) =>
    addUser(program.opts(), { name, role, withToken: token }),
  )
program
  .command('clock')
  .description(
    'readings of a gateway that wait in quarantine for their time: lists them, or gives it to them, at the running cloud',
  )
  .argument('<gateway>')
  .option(
    '--began <time>',
    'when those began in truth, ISO 8601 with its zone, such as 2026-11-29T08:00:00+08:00',
  )
  .option(
    '--offset <duration>',
    'or what is to be added to times as they were stamped, such as +1h30m or -90s',
  )
  .option('--reason <text>', 'how that is known; kept with it')
  .option('--epoch <id>', 'which of them, where several wait; its first digits will do')
  .option('--records <first-last>', 'only these')
  .option('--url <address>', 'of the cloud, where its file does not say it')
  .option('--token-file <file>', 'file with an API token; else the environment variable PICKET_TOKEN')
  .addHelpText('after', '\nExit code: 0 done, 1 refused by the cloud, 2 the cloud or a file cannot be read.')
  .action((gateway: string, wish: ClockWish & Partial<CloudOptions>) => clock(program.opts(), gateway, wish))
program
  .command('store')
  .description('work on what is stored')
  .command('copy')
  .description(
    'copy the readings to another store, beside a cloud that runs or does not; goes on where it broke off',
  )
  .addOption(new Option('--from <store>', 'where they are').choices(['sqlite']).makeOptionMandatory())
  .addOption(new Option('--to <store>', 'where they go').choices(['influx']).makeOptionMandatory())
  .action(() => copy(program.opts()))

async function run({ config: configFile }: { config: string }): Promise<void> {
  await runProgram('picket-cloud', async log => {
    const { config, resolve } = loadConfig(configFile, CloudConfig)
    let cloud: RunningCloud | undefined
    const clock = openClock(process.env.PICKET_CLOCK, async () => cloud?.idle())
    cloud = await startCloud({
      config,
      resolve,
      clock,
      log,
      adminPassword: process.env.PICKET_ADMIN_PASSWORD,
      adminToken: process.env.PICKET_ADMIN_TOKEN,
      onFailure(error) {
        log.fatal(
          { error },
          'a commit failed; the disk may be full or broken; ending, so that a restart goes on from what is on disk',
        )
        process.exit(EXIT_COMMIT_FAILED)
      },
    })
    // Printed, not logged: it is shown once and to the person who starts the cloud.
    if (cloud.generatedPassword)
      process.stderr.write(`first start: user admin, password ${cloud.generatedPassword}\n`)
    log.info({ http: cloud.httpPort, mqtt: cloud.mqttPort }, 'listening')
    return cloud
  })
}

async function addUser({ config: configFile }: { config: string }, user: NewUser): Promise<void> {
  try {
    const { config, resolve } = loadConfig(configFile, CloudConfig)
    const dataFolder = resolve(config.data)
    openDataFolder(dataFolder)
    const stores = openStores(join(dataFolder, 'cloud.db'))
    const { password, token } = await makeUser(stores.accounts, user, randomBytes)
    await stores.close()
    process.stdout.write(`user ${user.name}, ${user.role}, password ${password}\n`)
    if (token !== undefined) process.stdout.write(`token ${token}\n`)
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    process.stderr.write(`picket-cloud: ${error.message}\n`)
    process.exitCode = 2
  }
}

async function clock(
  { config }: { config: string },
  gateway: string,
  { url, tokenFile, ...wish }: ClockWish & Partial<CloudOptions>,
): Promise<void> {
  try {
    const where = { url: url ?? addressOf(config), ...(tokenFile === undefined ? {} : { tokenFile }) }
    const isWish = Object.keys(wish).length > 0
    await askCloud(where, async cloud => {
      const said = isWish ? tellClock(cloud, gateway, wish) : listClocks(cloud, gateway)
      process.stdout.write(`${await said}\n`)
      return 0
    })
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    process.stderr.write(`picket-cloud: ${error.message}\n`)
    process.exitCode = 2
  }
}

// Exit code 0: live and replay are equal; 1: they differ; 2: it could not be found out.
function verify({ config: configFile }: { config: string }): void {
  try {
    const { config, resolve } = loadConfig(configFile, CloudConfig)
    const channels = new Set(config.notify.channels.map(({ name }) => name))
    const log = createLog('picket-cloud')
    const found = verifyJournal(join(resolve(config.data), 'cloud.db'), channels, log)
    const { entries, readings, transitions, flags, derived, notifications, differences, refused } = found
    process.stdout.write(
      `replayed ${entries} entries with ${readings} readings: ` +
        `${transitions} transitions, ${flags} changes of flags, ${derived} derived values and ${notifications} notifications were recorded live, ` +
        `${differences.length === 0 ? 'all equal' : 'and they differ'}\n`,
    )
    for (const { from, to, why } of refused)
      process.stdout.write(
        `not compared: ${new Date(from).toISOString()} to ${new Date(to).toISOString()}, when rules were in force that this version refuses (${why})\n`,
      )
    for (const difference of differences) process.stdout.write(`${difference}\n`)
    process.exitCode = differences.length === 0 ? 0 : 1
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    process.stderr.write(`picket-cloud: ${error.message}\n`)
    process.exitCode = 2
  }
}

// Exit code 0: all is there as it is here; 1: something is not; 2: it could not be copied, or not all of it.
async function copy({ config: configFile }: { config: string }): Promise<void> {
  try {
    const { config, resolve } = loadConfig(configFile, CloudConfig)
    const result = await copyStore({ config, resolve, clock: systemClock, screen: process.stderr })
    const { series, readings, dropped, differences } = result
    process.stdout.write(
      `copied ${readings} readings of ${series} series; read back, ` +
        `${differences.length === 0 ? 'counts and check sums are equal' : 'and not all is equal'}` +
        `${dropped > 0 ? `; ${dropped} are older than the server keeps` : ''}\n`,
    )
    for (const difference of differences) process.stdout.write(`${difference}\n`)
    process.exitCode = differences.length === 0 ? 0 : 1
  } catch (error) {
    if (!(error instanceof StartError || error instanceof CopyBrokenOff)) throw error
    const hint = error instanceof CopyBrokenOff ? '; what is copied is kept: run it again' : ''
    process.stderr.write(`picket-cloud: ${error.message}${hint}\n`)
    process.exitCode = 2
  }
}
