import {
  type Acknowledgement,
  type CustodyRecord,
  decodeBatch,
  type Hello,
  RangeSet,
  seal,
  topics,
  unseal,
  type Welcome,
} from '@picket/devices'
import { type MqttListener, startMqttListener } from '@picket/devices/runtime'

/** The cloud's side of the custody contract, in memory and as small as it can be. */
export class FakeCloud {
  readonly settled = new Map<string, RangeSet>()
  /** What was committed, by `epoch:seq`. */
  readonly records = new Map<string, CustodyRecord>()
  /** Records that came although they were known. */
  resent = 0
  /** Batches by lane, in the order of arrival. */
  readonly lanes: number[] = []
  #nonce = ''

  hello({ nonce, epochs }: Hello): Welcome {
    this.#nonce = nonce
    const settled: Welcome['settled'] = {}
    for (const { epoch } of epochs) settled[epoch] = [...this.ranges(epoch).ranges]
    return { nonce, settled }
  }

  /** @throws Error for a batch that cannot be decoded: the gateway must never send one */
  batch(bytes: Uint8Array): Acknowledgement {
    const batch = decodeBatch(bytes)
    if ('code' in batch) throw new Error(batch.message)
    const { epoch, lane, firstSeq, records } = batch
    this.lanes.push(lane)
    records.forEach((record, at) => {
      const key = `${epoch}:${firstSeq + at}`
      if (this.records.has(key)) this.resent++
      this.records.set(key, record)
      if ('note' in record && record.note.type === 'gap')
        this.ranges(record.note.epoch).add(record.note.first, record.note.last)
    })
    const set = this.ranges(epoch)
    set.add(firstSeq, firstSeq + records.length - 1)
    return {
      nonce: this.#nonce,
      settled: { [epoch]: set.within(firstSeq, firstSeq + records.length - 1) },
    }
  }

  ranges(epoch: string): RangeSet {
    const set = this.settled.get(epoch) ?? new RangeSet()
    this.settled.set(epoch, set)
    return set
  }
}

export interface FakeBroker {
  port: number
  /** Bytes of all batches. */
  batchBytes: number
  batches: number
  disconnect(): void
  stop(): Promise<void>
}

/** A fake cloud behind a real MQTT listener on loopback. */
export async function startFakeBroker(
  gateway: string,
  cloud: Pick<FakeCloud, 'hello' | 'batch'>,
  port = 0,
): Promise<FakeBroker> {
  const topic = topics(gateway)
  const listener: MqttListener = await startMqttListener({
    host: '127.0.0.1',
    port,
    portSetting: 'none',
    maxPacketBytes: 1 << 20,
    maxClients: 4,
    authenticate: async (clientId, username, password) =>
      clientId === gateway && username === gateway && password?.toString() === 'secret',
    mayPublish: () => true,
    maySubscribe: () => true,
    commit(message, done) {
      done()
      if (message.topic === topic.hello) {
        listener.publish(topic.welcome, seal(cloud.hello(unseal(message.payload) as Hello)))
      } else if (message.topic === topic.batch) {
        broker.batchBytes += message.payload.length
        broker.batches++
        listener.publish(topic.acknowledgement, seal(cloud.batch(message.payload)))
      }
    },
  })
  const broker: FakeBroker = {
    port: listener.port,
    batchBytes: 0,
    batches: 0,
    disconnect: () => listener.disconnect(gateway),
    stop: () => listener.stop(),
  }
  return broker
}
