import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type ActionNote, type DesiredState, type Reported, signDesired, topics } from '@picket/devices'
import { type MqttListener, startMqttListener } from '@picket/devices/runtime'
import { ServerTCP } from 'modbus-serial'
import type { MqttClient } from 'mqtt'
import { afterEach, describe, expect, it } from 'vitest'
import type { Gateway } from '../gateway.ts'
import { FakeCloud } from '../testing/fake-cloud.ts'
import { connectSensor, Folders, portOf, startTestGateway } from '../testing/test-gateway.ts'
import { overridesFile } from './by-hand.ts'
import { packOf } from './testing/guarded.ts'

const modelText = readFileSync(
  new URL(import.meta.resolve('@picket/devices/models/crack-meter.yaml')),
  'utf8',
)
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const folders = new Folders()
const ended: (() => Promise<unknown> | unknown)[] = []

afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end()
  folders.remove()
})

/** A cloud that sends what it wants, and hears what is reported. */
async function startCloud(desired: () => DesiredState | undefined) {
  const cloud = new FakeCloud()
  const topic = topics('g')
  const reports: Reported[] = []
  const listener: MqttListener = await startMqttListener({
    host: '127.0.0.1',
    port: 0,
    portSetting: 'none',
    maxPacketBytes: 1 << 20,
    maxClients: 4,
    authenticate: async () => true,
    mayPublish: () => true,
    maySubscribe: () => true,
    commit({ topic: on, payload }, done) {
      done()
      if (on === topic.hello)
        listener.publish(topic.welcome, JSON.stringify(cloud.hello(JSON.parse(payload.toString()))))
      else if (on === topic.batch)
        listener.publish(topic.acknowledgement, JSON.stringify(cloud.batch(payload)))
      else if (on === topic.reported) {
        const reported = JSON.parse(payload.toString()) as Reported
        reports.push(reported)
        const state = desired()
        if (state && reported.revision !== state.revision)
          listener.publish(topic.desired, JSON.stringify(signDesired(state, privateKey)))
      }
    },
  })
  ended.push(() => listener.stop())
  return { listener, cloud, reports }
}

const state = (packs = [packOf(10).replace('for: 2m', 'for: 0s')]): DesiredState => ({
  gateway: 'g',
  revision: 1,
  issuedAt: Date.now(),
  expiresAt: Date.now() + 60_000,
  packs: packs.map((text, at) => ({ file: `${at}.yaml`, text })),
  models: [{ file: 'crack-meter.yaml', text: modelText }],
  sites: [{ id: 'slope', name: { en: 'Slope', zh: '边坡' } }],
  devices: [{ id: 'wall', model: 'crack-meter', site: 'slope', gateways: ['g'] }],
  overrides: [],
})

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 5))
}

const say = (client: MqttClient, v: number): Promise<unknown> =>
  client.publishAsync('sensors/wall/displacement', JSON.stringify({ t: Date.now(), v }), { qos: 1 })

const actions = ({ outbox }: Gateway): ActionNote[] =>
  [...outbox.committedFrom({ epoch: outbox.epochs[0]?.epoch ?? '', seq: 0 })]
    .flatMap(({ records }) => records)
    .flatMap(record => ('note' in record && record.note.type === 'action' ? [record.note] : []))

async function guarded(
  outputs: Parameters<typeof startTestGateway>[0]['outputs'],
): Promise<{ gateway: Gateway; data: string }> {
  const data = folders.make()
  const signingKeyFile = join(data, 'cloud.pub')
  writeFileSync(signingKeyFile, publicKey.export({ type: 'spki', format: 'pem' }))
  const { listener, reports } = await startCloud(() => state())
  const options = { data, guard: { signingKeyFile }, outputs: outputs ?? {} }
  const first = await startTestGateway({ ...options, cloudPort: listener.port })
  await until(() => reports.some(({ revision }) => revision === 1))
  await first.stop()
  // From here on without a link.
  const gateway = await startTestGateway(options)
  ended.push(() => gateway.stop())
  return { gateway, data }
}

describe('a gateway with rules of its own', () => {
  it('sounds a siren on its own broker within a second, without a link, and off again', async () => {
    const { gateway } = await guarded({
      siren: {
        type: 'mqtt',
        set: 'actuators/siren/set',
        state: 'actuators/siren/state',
        client: 'siren-1',
        on: 'ON',
        off: 'OFF',
        minOff: '0s',
        timeout: '2s',
      },
    })
    const siren = await connectSensor(portOf(gateway), { clientId: 'siren-1' })
    const sensor = await connectSensor(portOf(gateway), { clientId: 'logger' })
    ended.push(
      () => siren.end(true),
      () => sensor.end(true),
    )
    const heard: string[] = []
    siren.on('message', (_, payload) => {
      heard.push(payload.toString())
      siren.publish('actuators/siren/state', payload.toString(), { qos: 1 })
    })
    await siren.subscribeAsync('actuators/siren/set', { qos: 1 })
    const begun = performance.now()
    await say(sensor, 12)
    await until(() => heard.at(-1) === 'ON')
    const tookMs = performance.now() - begun
    expect(tookMs).toBeLessThan(1000)
    await until(() => actions(gateway).some(({ on, result }) => on && result === 'confirmed'))
    expect(actions(gateway).at(-1)).toMatchObject({ output: 'siren', on: true, result: 'confirmed' })
    expect(actions(gateway).at(-1)?.why).toContain('rule wall-moves at wall: orange')
    await say(sensor, 5)
    await until(() => heard.at(-1) === 'OFF')
    // Nobody else may hear what the siren is told.
    const [granted] = await sensor.subscribeAsync('actuators/siren/set').catch(() => [undefined])
    expect(granted).toBeUndefined()
    process.stdout.write(`reading to siren without a link: ${Math.round(tookMs)} ms\n`)
  })

  it('writes a coil and reads it back, and runs a command', async () => {
    const coils = new Map<number, boolean>()
    const port = await freePort()
    const slave = new ServerTCP(
      {
        setCoil: (address: number, on: boolean) => void coils.set(address, on),
        getCoil: (address: number) => coils.get(address) ?? false,
      },
      { host: '127.0.0.1', port, unitID: 7 },
    )
    ended.push(() => new Promise(resolve => slave.close(resolve)))
    const file = join(folders.make(), 'lit')
    const common = { minOff: '0s', timeout: '2s' }
    const { gateway, data } = await guarded({
      siren: { type: 'modbus', host: '127.0.0.1', port, unit: 7, coil: 3, ...common },
      lamp: { type: 'command', on: ['touch', file], off: ['rm', '-f', file], ...common },
    })
    const sensor = await connectSensor(portOf(gateway))
    ended.push(() => sensor.end(true))
    await say(sensor, 12)
    await until(() => coils.get(3) === true)
    expect(existsSync(file)).toBe(false)
    const override = { output: 'lamp', on: true, until: Date.now() + 60_000, by: 'li', reason: 'drill' }
    writeFileSync(overridesFile(data), JSON.stringify([override]))
    await until(() => existsSync(file))
    await until(() => actions(gateway).some(({ output, on }) => output === 'lamp' && on))
    expect(actions(gateway).findLast(({ output }) => output === 'lamp')).toMatchObject({
      why: 'by hand: li, drill',
      result: 'confirmed',
    })
  })
})

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise(resolve =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    }),
  )
}
