import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Installation } from '../support/installation.ts'
import type { Passing, TcpProxy } from '../support/tcp-proxy.ts'

/** One packet of the way of a reading that a fault can hit. */
export interface Step {
  name: string
  matches(passing: Passing): boolean
}

// MQTT 3.1.1, table 2.1.
const [CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK] = [1, 2, 3, 4, 8, 9]

const step = (name: string, direction: Passing['direction'], type: number, topic = ''): Step => ({
  name,
  matches: passing =>
    passing.direction === direction && passing.type === type && passing.bytes.includes(topic),
})

/** Between a sensor and its gateway. */
export const FIELD_STEPS: readonly Step[] = [
  step('connect', 'up', CONNECT),
  step('connection taken', 'down', CONNACK),
  step('publish', 'up', PUBLISH),
  step('acknowledge', 'down', PUBACK),
]

/** Between a gateway and the cloud. */
export const UPLINK_STEPS: readonly Step[] = [
  step('connect', 'up', CONNECT),
  step('connection taken', 'down', CONNACK),
  step('subscribe', 'up', SUBSCRIBE),
  step('subscription taken', 'down', SUBACK),
  step('hello', 'up', PUBLISH, '/up/hello'),
  step('welcome', 'down', PUBLISH, '/down/welcome'),
  step('batch', 'up', PUBLISH, '/up/batch'),
  step('batch taken', 'down', PUBACK),
  step('acknowledgement', 'down', PUBLISH, '/down/ack'),
]

/** Lets the gateway of an installation that has not been started speak to the cloud through a proxy. */
export function uplinkThrough({ folder }: Installation, proxy: TcpProxy): void {
  const file = join(folder, 'gateway.yaml')
  const config = JSON.parse(readFileSync(file, 'utf8'))
  config.cloud.url = `mqtt://127.0.0.1:${proxy.port}`
  writeFileSync(file, JSON.stringify(config))
}
