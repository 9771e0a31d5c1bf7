import { plainJson, type Reading } from '@picket/devices'
import { type MqttListener, startMqttListener } from '@picket/devices/runtime'

/** A gateway in memory for tests: acknowledges what it decodes, unless it is told to stay silent. */
export interface FakeGateway {
  url: string
  port: number
  /** Everything acknowledged, in order, repeats included. */
  readings: Reading[]
  messages: number
  faults: number
  /** While true, messages are taken and not acknowledged. */
  silent: boolean
  /** Ends every connection. */
  disconnect(): void
  /** Resolves when the condition holds; asked after each message. */
  until(condition: () => boolean): Promise<void>
  stop(): Promise<void>
}

export async function startFakeGateway(port = 0): Promise<FakeGateway> {
  const clients = new Set<string>()
  let waiting: { condition: () => boolean; resolve: () => void }[] = []
  const listener: MqttListener = await startMqttListener({
    host: '127.0.0.1',
    port,
    portSetting: 'the test',
    maxPacketBytes: 1_000_000,
    maxClients: 100,
    authenticate: async () => true,
    mayPublish: () => true,
    maySubscribe: () => false,
    commit({ topic, payload }, done) {
      const decoded = plainJson.decode(payload, { topic, arrivalMs: 0 })
      gateway.messages++
      if (!gateway.silent) {
        gateway.readings.push(...decoded.readings)
        gateway.faults += decoded.faults.length
        done()
      }
      const [ready, rest] = [waiting.filter(one => one.condition()), waiting.filter(one => !one.condition())]
      waiting = rest
      for (const { resolve } of ready) resolve()
    },
    onConnect: id => clients.add(id),
    onDisconnect: id => clients.delete(id),
  })
  const gateway: FakeGateway = {
    url: `mqtt://127.0.0.1:${listener.port}`,
    port: listener.port,
    readings: [],
    messages: 0,
    faults: 0,
    silent: false,
    disconnect: () => {
      for (const id of clients) listener.disconnect(id)
    },
    until: condition =>
      condition() ? Promise.resolve() : new Promise(resolve => waiting.push({ condition, resolve })),
    stop: () => listener.stop(),
  }
  return gateway
}
