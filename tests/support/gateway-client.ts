import { randomBytes } from 'node:crypto'
import {
  type Acknowledgement,
  type Batch,
  encodeBatch,
  type Hello,
  Lane,
  type Reported,
  topics,
  type Welcome,
} from '@picket/devices'
import mqtt, { type MqttClient } from 'mqtt'

export const token = (): string => randomBytes(16).toString('hex')

/** The gateway's side of the custody contract, done by hand: a test says what is sent, right or wrong. */
export class GatewayClient {
  readonly instance = token()
  readonly mqtt: MqttClient
  readonly #topics: ReturnType<typeof topics>
  #nonce = ''

  private constructor(gateway: string, client: MqttClient) {
    this.mqtt = client
    this.#topics = topics(gateway)
  }

  /** Connects and subscribes to the downlink. */
  static async connect(options: { url: string; gateway: string; password: string }): Promise<GatewayClient> {
    const { url, gateway, password } = options
    const connection = await mqtt.connectAsync(url, {
      clientId: gateway,
      username: gateway,
      password,
      reconnectPeriod: 0,
    })
    connection.on('error', () => {})
    const client = new GatewayClient(gateway, connection)
    await connection.subscribeAsync(client.#topics.down, { qos: 1 })
    return client
  }

  /** Says hello and waits for the answer. */
  async greet(epochs: Hello['epochs'] = []): Promise<Welcome> {
    this.#nonce = token()
    const answer = this.#next(this.#topics.welcome)
    const hello: Hello = { instance: this.instance, nonce: this.#nonce, epochs }
    this.mqtt.publish(this.#topics.hello, JSON.stringify(hello), { qos: 1 })
    return JSON.parse((await answer).toString())
  }

  /** Sends a batch and waits for the acknowledgement that it is settled. */
  async deliver(batch: Omit<Batch, 'lane'>): Promise<Acknowledgement> {
    return this.deliverBytes(encodeBatch({ lane: Lane.LIVE, ...batch }))
  }

  /** Sends the bytes of a batch and waits for the next acknowledgement. */
  async deliverBytes(bytes: Buffer): Promise<Acknowledgement> {
    const answer = this.#next(this.#topics.acknowledgement)
    this.sendBytes(bytes)
    return JSON.parse((await answer).toString())
  }

  /** Sends the bytes of a batch and waits for nothing. */
  sendBytes(bytes: Buffer): void {
    this.mqtt.publish(this.#topics.batch, bytes, { qos: 1 }, () => {})
  }

  /** Says what it runs. */
  async report(reported: Reported): Promise<void> {
    await this.mqtt.publishAsync(this.#topics.reported, JSON.stringify(reported), { qos: 1 })
  }

  /** Sends anything as a hello and waits for nothing. */
  sendHello(payload: string | Buffer): void {
    this.mqtt.publish(this.#topics.hello, payload, { qos: 1 }, () => {})
  }

  end(): void {
    this.mqtt.end(true)
  }

  #next(wanted: string): Promise<Buffer> {
    return new Promise(resolve => {
      const hear = (topic: string, payload: Buffer): void => {
        if (topic !== wanted) return
        this.mqtt.off('message', hear)
        resolve(payload)
      }
      this.mqtt.on('message', hear)
    })
  }
}
