#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { loadConfig, openClock, runProgram } from '@picket/devices/runtime'
import { Command } from 'commander'
import { type RunningCloud, startCloud } from './cloud.ts'
import { CloudConfig } from './config.ts'

// What a supervisor takes for "start it again".
const EXIT_COMMIT_FAILED = 70

enableCompileCache()

const { config: configFile } = new Command('picket-cloud')
  .description('Broker, ingest, rules, stores, API and console.')
  .requiredOption('--config <file>', 'configuration file (YAML)')
  .parse()
  .opts<{ config: string }>()

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
