import {
  type Acknowledgement,
  Hello,
  type Refusal,
  Reported,
  seal,
  topics,
  unseal,
  type Welcome,
} from '@picket/devices'
import { type Incoming, type Log, type MqttListener, startMqttListener } from '@picket/devices/runtime'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { withReceipts } from './receipts.ts'

export interface BrokerOptions {
  host: string
  port: number
  tls?: { cert: string; key: string }
  log: Log
  /** Whether a gateway may speak under a name, with this password. */
  authenticate(name: string, password: Buffer | undefined): boolean
  /** The names under which a gateway may speak, by any of them. */
  namesOf(name: string): readonly string[]
  /** Resolves after the hello was committed; undefined where the instance may not speak. */
  greet(name: string, hello: Hello): Promise<Welcome | undefined>
  /** `done` after the commit. */
  submit(batch: { gateway: string; payload: Buffer; done: (error?: Error) => void }): void
  /** A gateway says what it runs. */
  report(name: string, reported: Reported): void
  onRefused(name: string, what: string): void
  onLink(name: string): void
}

export interface Broker {
  port: number
  connected(gateway: string): boolean
  /** Ends the connection of whoever speaks under a name. */
  disconnect(name: string): void
  /** Sends what was settled to whoever sent it under that name; one that is gone hears it with its next welcome. */
  acknowledge(name: string, message: Omit<Acknowledgement, 'nonce'>): void
  /** Sends what the gateway is to run, if it is connected; `payload` is made for the name that it goes by. */
  desire(gateway: string, payload: (name: string) => string): void
  stop(): Promise<void>
}

// A batch is at most 8 MiB before compression, and gateways cut theirs far smaller.
const MAX_PACKET_BYTES = 4 * 1024 * 1024
const MAX_CLIENTS = 5000
const MAX_MESSAGE_BYTES = 256 * 1024

/**
 * The MQTT broker that gateways speak to. Each has its own credential and its own topics, everything else is
 * denied, and nothing is routed from one to another.
 *
 * A gateway goes by the name in its own file, which may be an id that it had: clients, topics and sessions here are of
 * that name. One connection at a time speaks for a gateway, whatever its name.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  // Nonce of the last hello that was welcomed on the present connection, by gateway.
  const sessions = new Map<string, string>()
  const online = new Set<string>()
  const submit = withReceipts(options.submit, name => listener.disconnect(name))
  const nameOf = (gateway: string) => options.namesOf(gateway).find(name => online.has(name))

  const listener: MqttListener = await startMqttListener({
    host: options.host,
    port: options.port,
    portSetting: 'mqtt.port',
    ...(options.tls ? { tls: options.tls } : {}),
    maxPacketBytes: MAX_PACKET_BYTES,
    maxClients: MAX_CLIENTS,
    authenticate: async (clientId, username, password) =>
      username === clientId && options.authenticate(clientId, password),
    mayPublish(gateway, topic) {
      const { hello, batch, reported } = topics(gateway)
      return topic === hello || topic === batch || topic === reported
    },
    maySubscribe: (gateway, filter) => filter === topics(gateway).down,
    commit(message, done) {
      const { hello, reported } = topics(message.clientId)
      if (message.topic === hello) takeHello(message, done)
      else if (message.topic === reported) takeReport(message, done)
      else takeBatch(message, done)
    },
    onConnect(name) {
      for (const other of options.namesOf(name)) if (other !== name) listener.disconnect(other)
      online.add(name)
      options.onLink(name)
    },
    onDisconnect(name) {
      online.delete(name)
      sessions.delete(name)
      options.onLink(name)
    },
    onRefused: options.onRefused,
  })

  function takeHello({ clientId: gateway, payload }: Incoming, done: (error?: Error) => void): void {
    const hello = parse(payload, Hello)
    if (!hello) {
      options.onRefused(gateway, 'malformed hello')
      done(new Error('malformed hello'))
      return
    }
    sessions.delete(gateway)
    options.greet(gateway, hello).then(welcome => {
      done()
      if (welcome) {
        sessions.set(gateway, hello.nonce)
        listener.publish(topics(gateway).welcome, seal(welcome))
        return
      }
      options.log.error({ gateway, instance: hello.instance }, 'two instances speak as this gateway')
      options.onRefused(gateway, 'another instance has taken the place of this one')
      const refusal: Refusal = { nonce: hello.nonce, refused: 'another instance speaks as this gateway' }
      listener.publish(topics(gateway).welcome, seal(refusal))
    })
  }

  function takeReport({ clientId: gateway, payload }: Incoming, done: (error?: Error) => void): void {
    // Nobody waits for it: it is said again at the next welcome.
    done()
    const reported = parse(payload, Reported)
    if (reported && sessions.has(gateway)) options.report(gateway, reported)
    else options.onRefused(gateway, reported ? 'report before a welcome' : 'malformed report')
  }

  function takeBatch({ clientId: gateway, payload }: Incoming, done: (error?: Error) => void): void {
    if (!sessions.has(gateway)) {
      options.onRefused(gateway, 'batch before a welcome')
      done(new Error('batch before a welcome'))
    } else submit({ gateway, payload, done })
  }

  return {
    port: listener.port,
    connected: gateway => nameOf(gateway) !== undefined,
    disconnect: name => listener.disconnect(name),
    acknowledge(name, message) {
      const nonce = sessions.get(name)
      if (!nonce) return
      listener.publish(topics(name).acknowledgement, seal({ nonce, ...message } satisfies Acknowledgement))
    },
    desire(gateway, payload) {
      const name = nameOf(gateway)
      if (name !== undefined) listener.publish(topics(name).desired, payload(name))
    },
    stop: () => listener.stop(),
  }
}

function parse<S extends TSchema>(payload: Buffer, schema: S): Static<S> | undefined {
  if (payload.length > MAX_MESSAGE_BYTES) return undefined
  const value = unseal(payload)
  return Value.Check(schema, value) ? value : undefined
}
