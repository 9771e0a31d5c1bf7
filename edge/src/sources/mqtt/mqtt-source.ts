import { existsSync, readFileSync } from 'node:fs'
import { type Fault, GEOHAZARD_TOPIC, geohazardJson, plainJson, StartError } from '@picket/devices'
import { type Incoming, startMqttListener } from '@picket/devices/runtime'
import { type Static, Type } from 'typebox'
import { isLoopback, Listening, openError } from '../listening.ts'
import type { Said } from '../reception.ts'
import { SlowLane } from '../slow-lane.ts'
import type { Source, SourceContext, SourceKind } from '../source.ts'
import { readSensorUsers, type SensorUsers } from './sensor-users.ts'

const Settings = Type.Object(
  {
    ...Listening,
    port: Type.Integer({ minimum: 0, maximum: 65_535, default: 1884 }),
    usersFile: Type.Optional(Type.String({ description: 'credentials of the sensors' })),
    tls: Type.Optional(
      Type.Object(
        { certFile: Type.String(), keyFile: Type.String() },
        { additionalProperties: false, description: 'PEM; with it the source speaks TLS alone' },
      ),
    ),
    inTheClear: Type.Boolean({ default: false, description: 'other machines may connect without TLS' }),
  },
  { additionalProperties: false },
)
type Settings = Static<typeof Settings>

/** A longer packet ends its connection. */
const MAX_PACKET_BYTES = 2 * 1024 * 1024
const MAX_CLIENTS = 256
const TOO_FAST = new Error('too many messages wait already')

/** The gateway's own MQTT listener for sensors: `sensors/{device}/{quantity}` and `$dp`. */
export const mqttSource: SourceKind<typeof Settings> = { settings: Settings, start }

async function start(settings: Settings, context: SourceContext): Promise<Source> {
  const { host, port, usersFile, tls } = settings
  const { name, resolve, refuse, floods, actuators } = context
  checkOpenness(name, settings)
  const users = usersFile === undefined ? undefined : readSensorUsers(resolve(usersFile))
  const slowLane = new SlowLane(context.elapsedMs)
  const listener = await startMqttListener({
    host,
    port,
    ...(tls && { tls: { cert: readPem(resolve(tls.certFile)), key: readPem(resolve(tls.keyFile)) } }),
    portSetting: `the port of source ${name}`,
    maxPacketBytes: MAX_PACKET_BYTES,
    maxClients: MAX_CLIENTS,
    authenticate: async (clientId, username, password) =>
      users?.accepts(clientId, username, password) ?? true,
    // What is on an unknown topic is refused like a malformed message: counted, and acknowledged.
    mayPublish: () => true,
    maySubscribe: (client, filter) => actuators.maySubscribe(client, filter),
    commit(incoming, done) {
      // What an actuator says of itself is no reading.
      if (actuators.take(incoming.clientId, incoming.topic, incoming.payload)) return done()
      const peer = `${name} client ${incoming.clientId}`
      const waitMs = floods.waitMs(peer)
      if (waitMs > 0) refuse(peer, { code: 'flood', message: `slowed down: ${floods.words}` })
      if (!slowLane.add(peer, waitMs, () => take(context, users, incoming, done))) done(TOO_FAST)
    },
    onRefused: (clientId, what) =>
      refuse(`${name} client ${clientId || '(unnamed)'}`, { code: 'mqtt', message: what }),
  })
  const detach = actuators.attach((topic, payload) => listener.publish(topic, payload))
  return {
    port: listener.port,
    async stop() {
      detach()
      slowLane.stop()
      await listener.stop()
    },
  }
}

/** @throws StartError where sensors from other machines could connect without credentials or in the clear */
function checkOpenness(name: string, { host, usersFile, tls, inTheClear }: Settings): void {
  if (isLoopback(host)) return
  if (usersFile === undefined)
    throw openError(name, host, 'name a usersFile with the credentials of the sensors, or use 127.0.0.1')
  if (!tls && !inTheClear)
    throw openError(
      name,
      host,
      'set tls, or inTheClear: true where nobody else is on the network of the sensors, who could read their passwords and send readings in their names',
    )
}

function readPem(file: string): string {
  if (!existsSync(file)) throw new StartError('tls-missing', `no certificate or key at ${file}`)
  return readFileSync(file, 'utf8')
}

function take(
  { reception }: SourceContext,
  users: SensorUsers | undefined,
  incoming: Incoming,
  done: (error?: Error) => void,
): void {
  const { topic, payload } = incoming
  reception.take({
    origin: topic,
    payload,
    decode: arrivalMs => decode(users, incoming, arrivalMs),
    done: error => done(error),
  })
}

function decode(
  users: SensorUsers | undefined,
  { clientId, topic, payload }: Incoming,
  arrivalMs: number,
): Said {
  const codec = topic === GEOHAZARD_TOPIC ? geohazardJson : plainJson
  const { readings, faults } = codec.decode(payload, { topic, arrivalMs })
  if (!users) return { readings, faults }
  const allowed = readings.filter(({ device }) => users.maySpeakFor(clientId, device))
  if (allowed.length === readings.length) return { readings, faults }
  const denied = readings.find(({ device }) => !users.maySpeakFor(clientId, device))
  const fault: Fault = {
    code: 'device-not-allowed',
    message: `client ${clientId} may not speak for ${denied?.device}`,
  }
  return { readings: allowed, faults: [...faults, fault] }
}
