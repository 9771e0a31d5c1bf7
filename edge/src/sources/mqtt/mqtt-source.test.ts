import mqtt from 'mqtt'
import { sourceContract } from '../source.contract.ts'

const T = Date.UTC(2026, 10, 23)

sourceContract({
  source: { type: 'mqtt', port: 0 } as never,
  devices: [],
  reading: at => ({ device: 'crack-01', quantity: 'displacement', t: T + at, v: at }),
  malformedSample: '\\{"v":',
  async connect(port) {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, clientId: 'c' })
    client.on('error', () => {})
    const closed = new Promise<'refused'>(resolve => client.once('close', () => resolve('refused')))
    const publish = (payload: string) =>
      client.publishAsync('sensors/crack-01/displacement', payload, { qos: 1 }).then(
        () => 'acknowledged' as const,
        () => 'refused' as const,
      )
    return {
      send: at => Promise.race([publish(JSON.stringify({ t: T + at, v: at })), closed]),
      async sendMalformed() {
        await publish('{"v":')
      },
      close: () => client.end(true),
    }
  },
})
