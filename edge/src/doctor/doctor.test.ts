import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { SteppedClock, systemClock } from '@picket/devices/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answerWithState, type GatewayState } from '../status/state-socket.ts'
import { type FakeBroker, FakeCloud, startFakeBroker } from '../testing/fake-cloud.ts'
import { Folders, startTestGateway } from '../testing/test-gateway.ts'
import { examine } from './doctor.ts'
import type { Finding } from './finding.ts'

const folders = new Folders()
let folder: string
let broker: FakeBroker
let cloud: FakeCloud
const servers: Server[] = []

beforeEach(async () => {
  folder = folders.make()
  cloud = new FakeCloud()
  broker = await startFakeBroker('g', cloud)
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  write('password', 'secret')
})
afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  await broker.stop()
  folders.remove()
})

function write(name: string, text: string, mode = 0o600): void {
  writeFileSync(join(folder, name), text, { mode })
  chmodSync(join(folder, name), mode)
}

const GOOD = {
  id: 'g',
  data: './data',
  sources: [{ type: 'mqtt', port: 0 }],
  outbox: { maxBytes: 10_000_000 },
}

const KEY = { signingKeyFile: './signing-key.pub' }

interface Setup {
  config?: object
  clock?: SteppedClock
  synchronised?: boolean | undefined
}

function look({ config = {}, clock, ...machine }: Setup = {}): Promise<Finding[]> {
  const { synchronised = true } = machine
  const cloud = { url: `mqtt://127.0.0.1:${broker.port}`, passwordFile: './password' }
  write('gateway.yaml', JSON.stringify({ ...GOOD, cloud, ...config }, undefined, 1))
  return examine({
    file: join(folder, 'gateway.yaml'),
    environment: { PATH: '/usr/bin:/bin' },
    clock: clock ?? systemClock,
    synchronised: async () => synchronised,
  })
}

const bad = (findings: Finding[]): string[] =>
  findings
    .filter(({ level }) => level !== 'ok')
    .map(({ check, level, message }) => `${level} ${check}: ${message}`)

async function occupied(): Promise<number> {
  const server = createServer()
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as { port: number }).port
}

function certificate(days: number): void {
  const [key, cert] = [join(folder, 'tls.key'), join(folder, 'tls.crt')]
  const subject = [
    '-subj',
    '/CN=gateway',
    '-days',
    String(days),
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
  ]
  spawnSync('openssl', ['req', '-x509', '-nodes', '-keyout', key, '-out', cert, ...subject])
  chmodSync(key, 0o600)
}

describe('the doctor', () => {
  it('finds nothing wrong with a gateway that is set up and waits to be started', async () => {
    const findings = await look()
    expect(bad(findings)).toEqual(['warning gateway: it does not run'])
    expect(new Set(findings.map(({ check }) => check))).toEqual(
      new Set([
        'config',
        'gateway',
        'clock',
        'disk',
        'outbox',
        'refused input',
        'credentials',
        'link',
        'source mqtt',
      ]),
    )
  })

  it('asks a gateway that runs, and leaves its connection alone', async () => {
    const gateway = await startTestGateway({ data: join(folder, 'data'), cloudPort: broker.port })
    await expect.poll(() => gateway.uplink.connected).toBe(true)
    const state = (): GatewayState => ({
      gateway: 'g',
      startedAt: Date.now() + 60_000,
      connected: gateway.uplink.connected,
      sources: gateway.sources(),
      clock: gateway.clock(),
      outbox: { pendingRecords: 3, fill: 0.85, droppedRecords: 0, setAside: 0 },
    })
    const log = { warn() {} } as never
    const answers = answerWithState(join(folder, 'data'), state, log)
    const findings = await look()
    expect(bad(findings)).toEqual(['warning outbox: 3 records wait for the cloud, 85 % full'])
    expect(findings.filter(({ check }) => check === 'link').map(({ message }) => message)).toContain(
      'the running gateway has been welcomed by the cloud',
    )
    expect(gateway.uplink.reconnections).toBe(0)
    answers.stop()
    await gateway.stop()
  })

  it('leaves a gateway alone that runs and cannot be asked', async () => {
    const gateway = await startTestGateway({ data: join(folder, 'data'), cloudPort: broker.port })
    await expect.poll(() => gateway.uplink.connected).toBe(true)
    const findings = await look()
    expect(bad(findings)).toEqual(['fault gateway: it runs, but does not answer'])
    expect(findings.filter(({ check }) => /link|source/.test(check))).toEqual([])
    expect(gateway.uplink.reconnections).toBe(0)
    await gateway.stop()
  })

  it.each<[string, RegExp, () => Promise<Finding[]>]>([
    [
      'a setting that is none',
      /fault config: .*gateway\.yaml:\d+: .*sqeed/,
      () => look({ config: { sqeed: 1 } }),
    ],
    ['a clock in 1970', /fault clock: it says 1970/, () => look({ clock: new SteppedClock(0) })],
    ['a clock that nobody sets', /warning clock: .*not synchronised/, () => look({ synchronised: false })],
    [
      'a folder that is a file',
      /fault disk: .*cannot be written \(ENOTDIR\)/,
      async () => {
        write('file', '')
        return look({ config: { data: './file' } })
      },
    ],
    [
      'a small disk',
      /warning disk: .*less than outbox\.maxBytes/,
      () => look({ config: { outbox: { maxBytes: 1e15 } } }),
    ],
    [
      'a data folder open to others',
      /warning disk: .*open to other users/,
      () => {
        chmodSync(join(folder, 'data'), 0o755)
        return look()
      },
    ],
    [
      'no password',
      /fault credentials: no file/,
      () =>
        look({ config: { cloud: { passwordFile: './nowhere', url: `mqtt://127.0.0.1:${broker.port}` } } }),
    ],
    [
      'a password open to others',
      /warning credentials: .*open to other users/,
      () => {
        write('password', 'secret', 0o644)
        return look()
      },
    ],
    [
      'a wrong password',
      /fault link: the cloud refuses the login of g/,
      () => {
        write('password', 'wrong')
        return look()
      },
    ],
    [
      'a cloud that is not there',
      /fault link: 127\.0\.0\.1:9 refuses the connection/,
      () => look({ config: { cloud: { passwordFile: './password', url: 'mqtt://127.0.0.1:9' } } }),
    ],
    [
      'a cloud without TLS behind mqtts',
      /fault link: 127\.0\.0\.1:\d+: /,
      () =>
        look({ config: { cloud: { passwordFile: './password', url: `mqtts://127.0.0.1:${broker.port}` } } }),
    ],
    [
      'a port in use',
      /fault source mqtt: .*gateway\.yaml:\d+: port \d+ is in use/,
      async () => look({ config: { sources: [{ type: 'mqtt', port: await occupied() }] } }),
    ],
    [
      'an unknown source',
      /fault source mtqq: .*gateway\.yaml:\d+: no source of type mtqq/,
      () => look({ config: { sources: [{ type: 'mtqq' }] } }),
    ],
    [
      'a source with a wrong setting',
      /fault source coap: .*gateway\.yaml:\d+: /,
      () => look({ config: { sources: [{ type: 'coap', prot: 5683 }] } }),
    ],
    [
      'sensors without credentials',
      /fault source mqtt: .*gateway\.yaml:\d+: source mqtt: 0\.0\.0\.0 is open/,
      () => look({ config: { sources: [{ type: 'mqtt', port: 0, host: '0.0.0.0' }] } }),
    ],
    [
      'a certificate about to run out',
      /warning source mqtt: .*tls\.crt runs out in [34] days/,
      () => {
        certificate(4)
        const tls = { certFile: './tls.crt', keyFile: './tls.key' }
        return look({ config: { sources: [{ type: 'mqtt', port: 0, tls }] } })
      },
    ],
    [
      'a device without a model',
      /warning devices of the gateway: .*gateway\.yaml:\d+: .*no file nothing\.yaml/,
      () => look({ config: { devices: [{ id: 'd', model: 'nothing' }] } }),
    ],
    [
      'a damaged outbox',
      /fault outbox: .*is damaged/,
      () => {
        write('data/outbox.db', 'garbage '.repeat(1000))
        return look()
      },
    ],
    [
      'a sensor that sends what cannot be read',
      /warning refused input: 1 messages of 1 senders .*from mqtt x: json: it is none/,
      () => {
        const one = { at: Date.now(), source: 'mqtt x', reason: 'json: it is none', length: 1, bytes: 'eA==' }
        write('data/refused.json', JSON.stringify({ refused: [one] }))
        return look()
      },
    ],
    [
      'a card that has damaged files before',
      /warning outbox: 1 damaged databases/,
      () => {
        write('data/outbox-damaged-1.db', '')
        return look()
      },
    ],
    [
      'a gateway that hangs',
      /fault gateway: it runs, but does not answer/,
      async () => {
        const server = createServer(socket => socket.end('?'))
        servers.push(server)
        await new Promise<void>(resolve => server.listen(join(folder, 'data', 'state.sock'), resolve))
        return look()
      },
    ],
    [
      'outputs that nothing switches',
      /warning guard: nothing will ever switch siren/,
      () => look({ config: { outputs: { siren: { type: 'mqtt', set: 'siren/set' } } } }),
    ],
    [
      'no key of the cloud',
      /fault guard: no public key of the cloud/,
      () => look({ config: { guard: KEY } }),
    ],
    [
      'something else than a key',
      /fault guard: .*holds no Ed25519 public key/,
      () => {
        write('signing-key.pub', 'secret')
        return look({ config: { guard: KEY } })
      },
    ],
    [
      'a siren that cannot be run',
      /fault output siren: \/nowhere\/siren cannot be run/,
      () =>
        look({
          config: {
            guard: KEY,
            outputs: { siren: { type: 'command', on: ['true'], off: ['/nowhere/siren'] } },
          },
        }),
    ],
    [
      'a relay that is not there',
      /fault output pump: 127\.0\.0\.1:9 cannot be reached/,
      () =>
        look({
          config: { guard: KEY, outputs: { pump: { type: 'modbus', host: '127.0.0.1', port: 9, coil: 0 } } },
        }),
    ],
  ])('names %s, and a way out', async (_, expected, setUp) => {
    const findings = await setUp()
    expect(bad(findings).filter(line => expected.test(line))).toHaveLength(1)
    for (const { level, remedy } of findings) expect(remedy !== undefined).toBe(level !== 'ok')
  })
})
