import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { GatewayClient } from '../support/gateway-client.ts'
import { GATEWAY, Installation } from '../support/installation.ts'

let installation: Installation
afterAll(() => installation?.remove())

it('a gateway whose password was changed is disconnected when the registry is read again', async () => {
  installation = await Installation.make({
    sites: [{ id: 'hill', name: { en: 'Hill', zh: '山坡' } }],
    devices: [{ id: 'crack-1', model: 'crack-meter', site: 'hill' }],
  })
  await installation.startCloud()
  const url = `mqtt://127.0.0.1:${installation.ports.mqtt}`
  const connect = () =>
    GatewayClient.connect({ url, gateway: GATEWAY, password: installation.gatewayPassword })
  const client = await connect()
  await client.greet()
  const closed = new Promise<void>(resolve => client.mqtt.once('close', () => resolve()))
  writeFileSync(join(installation.folder, 'secrets', 'gateway'), 'another password')
  const registry = join(installation.folder, 'registry.yaml')
  writeFileSync(registry, `${readFileSync(registry, 'utf8')}\n`)
  await closed
  const again = await connect()
  expect(await again.greet()).toHaveProperty('settled')
  again.end()
})
