import { type Log, SteppedClock, startMqttListener } from '@picket/devices/runtime'
import { expect, it } from 'vitest'
import type { Outbox } from '../outbox/outbox.ts'
import type { Meter } from './meter.ts'
import { Uplink } from './uplink.ts'

it('says what to do where the cloud refuses its login', async () => {
  const cloud = await startMqttListener({
    ...{ host: '127.0.0.1', port: 0, portSetting: 'none', maxPacketBytes: 1e6, maxClients: 9 },
    authenticate: async () => false,
    mayPublish: () => true,
    maySubscribe: () => true,
    commit: (_, done) => done(),
  })
  const { promise: reason, resolve } = Promise.withResolvers<unknown>()
  const uplink = new Uplink({
    ...{ url: `mqtt://127.0.0.1:${cloud.port}`, gateway: 'g', password: 'a wrong one' },
    // A link that does not come about touches neither.
    ...{ outbox: {} as Outbox, meter: {} as Meter },
    clock: new SteppedClock(1e12),
    log: {
      info() {},
      error() {},
      warn: (facts: { reason: string }) => resolve(facts.reason),
    } as unknown as Log,
    token: () => '0'.repeat(32),
    random: () => 0,
  })
  try {
    uplink.start()
    expect(await reason).toMatch(/refuses the id or the password: compare them .* picket-edge doctor/)
  } finally {
    await uplink.stop()
    await cloud.stop()
  }
})
