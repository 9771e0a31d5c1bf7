import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { dlt645 } from '../codecs/dlt645/dlt645.ts'
import { InputError } from './input.ts'
import { type ListenOptions, listen } from './listen.ts'

const METER = Buffer.from('681401003182216891083333343339333333F116', 'hex')
let end = new AbortController()
afterEach(() => end.abort())

/** Listens on some port; `until` resolves when that many messages were shown. */
async function listening(overrides: Partial<ListenOptions> = {}) {
  end = new AbortController()
  const shown: string[] = []
  const told: string[] = []
  let wake = (): void => {}
  const done = { ended: Promise.resolve() }
  const port = await new Promise<number>((resolve, reject) => {
    done.ended = listen(
      {
        host: '127.0.0.1',
        port: 0,
        topic: 'listen',
        createCodecs: () => [dlt645],
        show: ({ bytes, read }, { transport }) => {
          shown.push(`${transport} ${bytes.length} ${read.decoded.readings.length}`)
          wake()
        },
        tell: message => {
          told.push(message)
          wake()
        },
        signal: end.signal,
        ...overrides,
      },
      resolve,
    )
    done.ended.catch(reject)
  })
  const until = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) await new Promise<void>(resolve => (wake = resolve))
  }
  return { port, shown, told, until, ended: () => done.ended }
}

describe('listening on a port', () => {
  it('shows what comes over TCP and UDP, and ends when it is told to, with its connections', async () => {
    const { port, shown, until, ended } = await listening()
    const socket = connect(port, '127.0.0.1')
    socket.write(METER.subarray(0, 5))
    socket.write(METER.subarray(5))
    await until(() => shown.length === 1)
    const datagrams = createSocket('udp4')
    datagrams.send(METER, port, '127.0.0.1')
    await until(() => shown.length === 2)
    datagrams.close()
    expect(shown).toEqual(['tcp 20 1', 'udp 20 1'])
    const closed = once(socket, 'close')
    end.abort()
    await ended()
    await closed
    await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('shows no more than a reader can bear, and counts the rest', async () => {
    const { port, shown, told, until, ended } = await listening({ now: () => 1_000_000 })
    const socket = connect(port, '127.0.0.1')
    socket.end(Buffer.concat(Array(205).fill(METER)))
    await once(socket.resume(), 'close')
    await until(() => shown.length === 200)
    end.abort()
    await ended()
    expect(shown).toHaveLength(200)
    expect(told).toEqual(['5 more messages came than could be shown'])
  })

  it('refuses more connections than it can bear', async () => {
    const { port, told, until } = await listening()
    const sockets = Array.from({ length: 51 }, () => connect(port, '127.0.0.1').on('error', () => {}))
    await until(() => told.length > 0)
    expect(told[0]).toContain('was refused: 50 are connected')
    for (const socket of sockets) socket.destroy()
  })

  it('says so where the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    await expect(listening({ port })).rejects.toEqual(new InputError(`127.0.0.1:${port} is in use`))
    other.close()
  })
})
