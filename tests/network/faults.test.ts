import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/api-client.ts'
import { GATEWAY, Installation } from '../support/installation.ts'
import { Sensor } from '../support/sensor.ts'
import { type Fate, type Passing, TcpProxy } from '../support/tcp-proxy.ts'
import { FIELD_STEPS, type Step, UPLINK_STEPS, uplinkThrough } from './links.ts'

const soak = process.env.PICKET_SOAK !== undefined
const DEVICE = 'crack-1'
const QUANTITY = 'battery'
const READINGS = 20
/** What breaks nothing by itself is followed by a cut after this time. */
const CUT_AFTER_MS = 150
const TIMEOUT_MS = 60_000

const FAULTS: Readonly<Record<string, (passing: Passing) => Fate>> = {
  'cut before': () => ({ kind: 'cut', after: 0 }),
  'cut in the middle': ({ bytes }) => ({ kind: 'cut', after: bytes.length >> 1 }),
  'cut after': ({ bytes }) => ({ kind: 'cut', after: bytes.length }),
  delay: () => ({ kind: 'delay', ms: 300 }),
  'half-close': () => ({ kind: 'half-close' }),
  freeze: () => ({ kind: 'freeze' }),
  // In the middle of the payload, and in the check at its end.
  corrupt: ({ bytes }) => ({ kind: 'corrupt', fromEnd: Math.max(1, bytes.length >> 2) }),
}
const NEEDS_A_CUT = ['half-close', 'freeze', 'corrupt']
const names = Object.keys(FAULTS)

// In the short form each step meets one fault, another one than its neighbour.
const cases = (steps: readonly Step[], faults: readonly string[]) =>
  steps.flatMap((step, at) =>
    (soak ? faults : [faults[at % faults.length] as string]).map(fault => ({ step, name: step.name, fault })),
  )

let installation: Installation
let uplink: TcpProxy
let field: TcpProxy
let sensor: Sensor
let sent = 0
const begun = Date.now()

beforeAll(async () => {
  installation = await Installation.make({
    sites: [{ id: 'hill', name: { en: 'Hill', zh: '山坡' } }],
    devices: [{ id: DEVICE, model: 'crack-meter', site: 'hill' }],
  })
  uplink = await TcpProxy.start({ target: installation.ports.mqtt })
  field = await TcpProxy.start({ target: installation.ports.field })
  uplinkThrough(installation, uplink)
  await installation.startCloud()
  await installation.startGateway()
  sensor = new Sensor({
    url: `mqtt://127.0.0.1:${field.port}`,
    device: DEVICE,
    quantity: QUANTITY,
    window: 20,
  })
  sensor.start()
}, TIMEOUT_MS)
afterAll(async () => {
  sensor?.stop()
  await installation?.remove()
  await uplink?.stop()
  await field?.stop()
})

const measure = (): void => {
  for (let left = READINGS; left > 0; left--) sensor.send({ t: begun + sent, v: sent++ / 1e6 })
}

/** Lets one packet of a step meet a fault while readings are on their way, and waits until all have arrived. */
async function meet(proxy: TcpProxy, step: Step, fault: string): Promise<void> {
  let hasHappened = false
  proxy.fate = passing => {
    if (hasHappened || !step.matches(passing)) return { kind: 'pass' }
    hasHappened = true
    if (NEEDS_A_CUT.includes(fault)) setTimeout(() => proxy.cut(), CUT_AFTER_MS)
    return (FAULTS[fault] as (passing: Passing) => Fate)(passing)
  }
  measure()
  // A new connection passes every step.
  proxy.cut()
  await eventually(
    async () => hasHappened,
    happened => happened,
  )
  measure()
  await sensor.drained()
  await eventually(
    () => installation.api.readings(`${DEVICE}/${QUANTITY}`, { from: begun, to: begun + 1e6 }),
    stored => stored.length >= sent,
  )
}

async function account(): Promise<void> {
  const stored = await installation.api.readings(`${DEVICE}/${QUANTITY}`, { from: begun, to: begun + 1e6 })
  expect(stored.map(({ v }) => v)).toEqual(sensor.acknowledged.map(({ v }) => v))
  for (const epoch of await installation.api.custody(GATEWAY))
    expect(epoch).toMatchObject({ missing: [], lost: [], dropped: [], quarantined: [] })
}

describe('a link to the cloud that fails', () => {
  it.each(cases(UPLINK_STEPS, names))(
    'at the step "$name" ($fault) loses nothing',
    async ({ step, fault }) => {
      await meet(uplink, step, fault)
      await account()
    },
    TIMEOUT_MS,
  )

  it.runIf(!soak)(
    'with changed bits in a batch, a welcome and an acknowledgement loses nothing',
    async () => {
      for (const name of ['batch', 'welcome', 'acknowledgement'])
        await meet(uplink, UPLINK_STEPS.find(step => step.name === name) as Step, 'corrupt')
      await account()
    },
    TIMEOUT_MS,
  )
})

describe('a link to a sensor that fails', () => {
  // MQTT in the clear cannot show a changed bit of a sensor's own message: TLS does.
  const faults = names.filter(name => name !== 'corrupt')
  it.each(cases(FIELD_STEPS, faults))(
    'at the step "$name" ($fault) loses nothing',
    async ({ step, fault }) => {
      await meet(field, step, fault)
      await account()
    },
    TIMEOUT_MS,
  )
})
