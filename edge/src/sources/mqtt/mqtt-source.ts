import { type Fault, GEOHAZARD_TOPIC, geohazardJson, plainJson, type Reading } from '@picket/devices'
import { type Clock, type Incoming, type MqttListener, startMqttListener } from '@picket/devices/runtime'
import type { Intake, IntakeMessage } from '../../intake/intake.ts'
import type { Rejections } from '../../intake/rejections.ts'
import { ArrivalTimes } from '../arrival-times.ts'
import type { SensorUsers } from './sensor-users.ts'

export interface MqttSourceOptions {
  host: string
  port: number
  /** Without them every local client may speak for every device. */
  users?: SensorUsers
  /** Own id of the gateway: no sensor may speak for it. */
  gateway: string
  intake: Intake
  rejections: Rejections
  clock: Clock
}

type Parts = MqttSourceOptions & { arrivals: ArrivalTimes }

/** A longer message is refused with a reason, and acknowledged so that it does not come again. */
const MAX_MESSAGE_BYTES = 256 * 1024
/** A longer packet ends its connection. */
const MAX_PACKET_BYTES = 2 * 1024 * 1024
const MAX_CLIENTS = 256
const SAMPLE_BYTES = 300

/** The gateway's own MQTT listener for sensors: `sensors/{device}/{quantity}` and `$dp`. */
export function startMqttSource(options: MqttSourceOptions): Promise<MqttListener> {
  const { host, port, users, intake, rejections } = options
  const parts: Parts = { ...options, arrivals: new ArrivalTimes() }
  return startMqttListener({
    host,
    port,
    portSetting: 'PICKET_FIELD_MQTT_PORT',
    maxPacketBytes: MAX_PACKET_BYTES,
    maxClients: MAX_CLIENTS,
    authenticate: async (clientId, username, password) =>
      users?.accepts(clientId, username, password) ?? true,
    // What is on an unknown topic is refused like a malformed message: counted, and acknowledged.
    mayPublish: () => true,
    maySubscribe: () => false,
    commit: (incoming, done) => intake.offer(intakeMessage(parts, incoming, done)),
    onRefused: (clientId, what) =>
      rejections.add(`mqtt client ${clientId || '(unnamed)'}`, { code: 'mqtt', message: what }, ''),
  })
}

function intakeMessage(options: Parts, incoming: Incoming, done: (error?: Error) => void): IntakeMessage {
  const arrivalMs = options.clock.now()
  return {
    source: incoming.topic,
    sample: () => incoming.payload.toString('utf8', 0, SAMPLE_BYTES),
    records: () => decode(options, incoming, arrivalMs),
    done,
  }
}

function decode(
  { users, gateway, arrivals }: Parts,
  { clientId, topic, payload }: Incoming,
  arrivalMs: number,
): { records: Reading[]; faults: Fault[] } {
  if (payload.length > MAX_MESSAGE_BYTES) {
    const message = `a message of more than ${MAX_MESSAGE_BYTES} bytes`
    return { records: [], faults: [{ code: 'message-too-long', message }] }
  }
  const codec = topic === GEOHAZARD_TOPIC ? geohazardJson : plainJson
  const { readings, faults } = codec.decode(payload, { topic, arrivalMs })
  const mayNot = ({ device }: Reading): boolean =>
    device === gateway || (users !== undefined && !users.maySpeakFor(clientId, device))
  for (const reading of readings) arrivals.keepApart(reading)
  if (!readings.some(mayNot)) return { records: readings, faults }
  const message = `client ${clientId} may not speak for ${readings.find(mayNot)?.device}`
  return {
    records: readings.filter(reading => !mayNot(reading)),
    faults: [...faults, { code: 'device-not-allowed', message }],
  }
}
