import { afterEach, expect, it } from 'vitest'
import type { Configuration } from '../stores/sqlite/journal.ts'
import {
  configurationWith,
  EPOCH,
  GATEWAY,
  level,
  mustCompile,
  NOW,
  openIngest,
  removeFolder,
  type TestIngest,
} from './test-ingest.ts'

const PRESENT = 'gw-north'
const HELLO = { instance: 'a'.repeat(32), nonce: 'b'.repeat(32) }

/** The gateway under another id; devices go on naming the one that it had. */
const renamed = (devices: readonly string[], formerly: readonly string[] = [GATEWAY]): Configuration => {
  const configuration = configurationWith(devices)
  const registry = JSON.parse(configuration.registry)
  registry.gateways = [{ id: PRESENT, formerly, passwordFile: 'unused' }]
  if (formerly.length === 0) for (const device of registry.devices) device.gateways = [PRESENT]
  return { ...configuration, registry: JSON.stringify(registry) }
}

let used: TestIngest
afterEach(async () => {
  if (used.stores.db.open) await used.stores.close()
  removeFolder(used.folder)
})

it('a gateway that is renamed goes on where it was, under either name', async () => {
  used = await openIngest(['g1'])
  await used.send(0, [level(0, 1), level(1000, 2), level(2000, 3, 'stranger')])
  await used.configure(mustCompile(renamed(['g1', 'stranger'])))
  const { ledger, quarantine } = used.stores
  // What was set aside under the old id was repaired with the registry that knows the device.
  expect(quarantine.repairable(9, 0)).toEqual([])
  expect(ledger.custody(GATEWAY)).toEqual([])
  for (const name of [GATEWAY, PRESENT])
    expect(
      await used.ingest.greet(name, { ...HELLO, epochs: [{ epoch: EPOCH, low: 3, next: 3 }] }),
    ).toMatchObject({ settled: { [EPOCH]: [[0, 2]] } })
  // The same records once more are the same records; the acknowledgement goes to the name that sent them.
  const { acknowledgements, outcomes } = await used.send(
    2,
    [level(2000, 9, 'stranger'), level(3000, 4)],
    PRESENT,
  )
  expect(acknowledgements[0]).toMatchObject({ gateway: PRESENT, message: { settled: { [EPOCH]: [[0, 3]] } } })
  expect(outcomes[0]).toMatchObject({ stored: [{ t: NOW + 3000 }], duplicate: 0, conflict: 0 })
  await used.kill()
  used = await openIngest([], used.folder)
  const { acknowledgements: again } = await used.send(4, [level(4000, 5)])
  expect(again[0]).toMatchObject({ gateway: GATEWAY, message: { settled: { [EPOCH]: [[0, 4]] } } })
  expect(used.stores.ledger.custody(PRESENT)).toMatchObject([
    { epoch: EPOCH, committed: [[0, 4]], quarantined: [], lost: [], missing: [], next: 5 },
  ])
})

it('a rename that is told late takes back what was held to be lost meanwhile', async () => {
  used = await openIngest(['g1'])
  await used.send(0, [level(0, 1), level(1000, 2)])
  await used.configure(mustCompile(renamed(['g1'], [])))
  const hello = { ...HELLO, epochs: [{ epoch: EPOCH, low: 2, next: 3 }] }
  expect(await used.ingest.greet(PRESENT, hello)).toMatchObject({ settled: { [EPOCH]: [[0, 1]] } })
  expect(used.stores.ledger.custody(PRESENT)).toMatchObject([{ lost: [[0, 1]], missing: [[2, 2]] }])
  await used.configure(mustCompile(renamed(['g1'])))
  expect(used.stores.ledger.custody(PRESENT)).toMatchObject([
    { committed: [[0, 1]], lost: [], missing: [[2, 2]], next: 3 },
  ])
})
