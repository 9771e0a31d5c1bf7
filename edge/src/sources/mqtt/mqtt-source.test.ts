import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { afterEach, describe, expect, it } from 'vitest'
import type { Gateway } from '../../gateway.ts'
import { rejectedNotes, storedReadings } from '../../testing/outbox-contents.ts'
import { Folders, portOf, startTestGateway } from '../../testing/test-gateway.ts'
import { sourceContract } from '../source.contract.ts'

const T = Date.UTC(2026, 10, 23)

sourceContract({
  source: { type: 'mqtt', port: 0 } as never,
  devices: [],
  reading: at => ({ device: 'crack-01', quantity: 'displacement', t: T + at, v: at }),
  malformedSample: '\\{"v":',
  async connect(port) {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, clientId: 'c' })
    client.on('error', () => {})
    const closed = new Promise<'refused'>(resolve => client.once('close', () => resolve('refused')))
    const publish = (payload: string) =>
      client.publishAsync('sensors/crack-01/displacement', payload, { qos: 1 }).then(
        () => 'acknowledged' as const,
        () => 'refused' as const,
      )
    return {
      send: at => Promise.race([publish(JSON.stringify({ t: T + at, v: at })), closed]),
      async sendMalformed() {
        await publish('{"v":')
      },
      close: () => client.end(true),
    }
  },
})

describe.skipIf(!existsSync('/usr/bin/openssl'))('MQTT with TLS', () => {
  const folders = new Folders()
  let gateway: Gateway
  afterEach(async () => {
    await gateway.stop()
    folders.remove()
  })

  it('takes sensors of other machines that show their password, and refuses them in the clear', async () => {
    const folder = folders.make()
    const [keyFile, certFile, usersFile] = ['key.pem', 'cert.pem', 'sensors.yaml'].map(name =>
      join(folder, name),
    ) as [string, string, string]
    const words =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost'
    execFileSync(
      'openssl',
      [...words.split(' '), '-addext', 'subjectAltName=DNS:localhost', '-keyout', keyFile, '-out', certFile],
      {
        stdio: 'ignore',
      },
    )
    writeFileSync(usersFile, '- name: crack-01\n  password: long enough\n', { mode: 0o600 })
    gateway = await startTestGateway({
      data: folders.make(),
      sources: [{ type: 'mqtt', host: '0.0.0.0', port: 0, usersFile, tls: { certFile, keyFile } }],
    })
    const port = portOf(gateway)
    const user = { clientId: 'crack-01', username: 'crack-01', password: 'long enough', reconnectPeriod: 0 }
    const client = await mqtt.connectAsync(`mqtts://localhost:${port}`, {
      ...user,
      ca: readFileSync(certFile),
    })
    await client.publishAsync('sensors/crack-01/displacement', JSON.stringify({ t: T, v: 1 }), { qos: 1 })
    client.end(true)
    expect(storedReadings(gateway)).toHaveLength(1)
    await expect(mqtt.connectAsync(`mqtts://localhost:${port}`, user)).rejects.toThrow(/self-signed/)
    const inTheClear = mqtt.connect(`mqtt://localhost:${port}`, user)
    await new Promise<void>(resolve => inTheClear.once('close', () => resolve()))
    inTheClear.end(true)
    expect((await rejectedNotes(gateway)).map(({ reason }) => reason)).toContainEqual(
      expect.stringMatching(/TLS/),
    )
  })

  it('names a certificate that is not there', async () => {
    const tls = { certFile: '/nowhere/cert.pem', keyFile: '/nowhere/key.pem' }
    gateway = await startTestGateway({ data: folders.make(), sources: [{ type: 'mqtt', port: 0, tls }] })
    expect(gateway.sources()[0]?.fault?.message).toMatch(/\/nowhere\/cert\.pem/)
  })
})
