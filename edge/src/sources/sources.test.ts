import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig, SteppedClock } from '@picket/devices/runtime'
import { afterEach, describe, expect, it } from 'vitest'
import { GatewayConfig } from '../config.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import { rejectedNotes } from '../testing/outbox-contents.ts'
import { Folders, testOptions } from '../testing/test-gateway.ts'

const folders = new Folders()
let gateway: Gateway
afterEach(async () => {
  await gateway.stop()
  folders.remove()
})

/** Starts a gateway from a file, as `picket-edge` does. */
async function start(text: string): Promise<Record<string, string | number | undefined>> {
  const file = join(folders.make(), 'gateway.yaml')
  writeFileSync(
    file,
    `id: g\ndata: ./data\ncloud: { passwordFile: ./password, url: "mqtt://127.0.0.1:9" }\n${text}`,
  )
  const { config, resolve, lineOf } = loadConfig(file, GatewayConfig)
  config.data = resolve(config.data)
  gateway = await startGateway({
    ...testOptions(),
    clock: new SteppedClock(Date.now()),
    config,
    place: { file: 'gateway.yaml', lineOf, resolve },
  })
  return Object.fromEntries(gateway.sources().map(({ name, fault }) => [name, fault?.message ?? 'runs']))
}

describe('a source that is wrong in the file', () => {
  it('stops alone, and is named with file and line', async () => {
    const states = await start(`sources:
  - { type: mqtt, port: 0 }
  - type: coap
    port: 99999
  - { type: coap, name: second, port: 0, prot: 1 }
  - { type: mqtt, port: 0 }
  - { type: carrier-pigeon }
  - { type: stations, transport: tcp, port: 0, codec: morse }
  - { type: coap, name: open, port: 0, from: [10.0.0.0/99] }
`)
    expect(Object.keys(states)).toEqual(['mqtt', 'coap', 'second', 'carrier-pigeon', 'stations', 'open'])
    expect(gateway.sources()[0]).toMatchObject({ name: 'mqtt', isRunning: true })
    expect(states.coap).toMatch(/^gateway\.yaml:7: port must be/)
    expect(states.second).toMatch(/^gateway\.yaml:8: .*prot/)
    expect(gateway.sources()[3]?.fault?.message).toMatch(/^gateway\.yaml:9: a second source of the name mqtt/)
    expect(states['carrier-pigeon']).toMatch(
      /^gateway\.yaml:10: no source of type carrier-pigeon; there are mqtt/,
    )
    expect(states.stations).toMatch(/^gateway\.yaml:11: .*no codec morse/)
    expect(states.open).toMatch(/^gateway\.yaml:12: .*10\.0\.0\.0\/99/)
    const notes = await rejectedNotes(gateway)
    expect(notes.map(({ source }) => source)).toContain('source coap')
    expect(notes).toHaveLength(6)
  })

  it('does not stop its devices either: one of them that is wrong is left out, and named', async () => {
    const states =
      await start(`sources: [{ type: coap, port: 0 }, { type: stations, transport: tcp, port: 0, codec: sl651 }]
devices:
  - { id: river-9, model: water-level-gauge }
  - { id: attic, model: weathercock }
  - { id: river-7, model: water-level-gauge, source: caop }
  - { id: river-8, model: water-level-gauge, address: "17", source: coap }
  - { id: river-6, model: water-level-gauge, address: "17", source: stations }
  - { id: river-5, model: water-level-gauge, address: "17" }
`)
    expect(states).toEqual({ coap: 'runs', stations: 'runs' })
    const reasons = (await rejectedNotes(gateway)).map(({ reason }) => reason)
    expect(reasons).toEqual([
      expect.stringMatching(/gateway\.yaml:7: device attic: no file weathercock\.yaml/),
      'device-source: gateway.yaml:8: device river-7: there is no source caop; there are coap, stations',
      'device-address: gateway.yaml:11: device river-5: river-8 has the address 17 too',
    ])
  })
})
