import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { StartError } from '@picket/devices'
import { loadConfig, openClock, runProgram } from '@picket/devices/runtime'
import { Command } from 'commander'
import { GatewayConfig } from './config.ts'
import { startGateway } from './gateway.ts'

const program = new Command('picket-edge')
  .description('Collects readings in the field, keeps them safe and forwards them to the cloud')
  .requiredOption('--config <file>', 'the gateway file (YAML)')
  .parse()
const { config: file } = program.opts<{ config: string }>()

await runProgram('picket-edge', async log => {
  const { config, resolve, lineOf } = loadConfig(file, GatewayConfig)
  config.data = resolve(config.data)
  const password = readPassword(resolve(config.cloud.passwordFile))
  let idle = (): Promise<void> => Promise.resolve()
  const gateway = await startGateway({
    config,
    place: { file, lineOf, resolve },
    password,
    log,
    clock: openClock(process.env.PICKET_CLOCK, () => idle()),
    token: () => randomBytes(16).toString('hex'),
    random: Math.random,
  })
  idle = gateway.idle
  return gateway
})

function readPassword(passwordFile: string): string {
  const password = existsSync(passwordFile) ? readFileSync(passwordFile, 'utf8').trim() : ''
  if (password === '')
    throw new StartError(
      'password-missing',
      `no password in ${passwordFile}; put the gateway's password there (cloud.passwordFile)`,
    )
  return password
}
