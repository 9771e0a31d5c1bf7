import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeGateway, startFakeGateway } from '../fakes/gateway.ts'
import { Publisher, payloadOf } from './publisher.ts'

const T = Date.UTC(2026, 0, 1)

describe('publisher', () => {
  let gateway: FakeGateway
  let publisher: Publisher
  let acknowledged: number[]

  const send = async (from: number, to: number): Promise<void> => {
    for (let i = from; i < to; i++) {
      await publisher.room()
      publisher.publish('sensors/a/level', payloadOf([{ t: T + i, v: i }]), () => acknowledged.push(i))
    }
  }

  beforeEach(async () => {
    gateway = await startFakeGateway()
    publisher = new Publisher({ url: gateway.url, clientId: 'test', window: 10 })
    acknowledged = []
    publisher.start()
  })
  afterEach(async () => {
    await publisher.stop(0)
    await gateway.stop()
  })

  it('delivers in order and reports each acknowledgement once', async () => {
    await send(0, 100)
    await publisher.idle()
    expect(acknowledged).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect(gateway.readings.map(({ v }) => v)).toEqual(acknowledged)
  })

  it('never has more than its window without acknowledgement', async () => {
    gateway.silent = true
    await send(0, 10)
    let room = false
    publisher.room().then(() => {
      room = true
    })
    await gateway.until(() => gateway.messages >= 10)
    expect(publisher.unacknowledged).toBe(10)
    expect(room).toBe(false)
  })

  it('sends what was not acknowledged again after the connection was lost', async () => {
    gateway.silent = true
    await send(0, 10)
    await gateway.until(() => gateway.messages >= 10)
    gateway.silent = false
    gateway.disconnect()
    await publisher.idle()
    expect(gateway.readings.map(({ v }) => v)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(acknowledged).toHaveLength(10)
  })

  it('finds a gateway that was started again', async () => {
    await send(0, 5)
    await publisher.idle()
    const { port } = gateway
    await gateway.stop()
    const sending = send(5, 20)
    gateway = await startFakeGateway(port)
    await sending
    await publisher.idle()
    expect(new Set(acknowledged).size).toBe(20)
  })
})
