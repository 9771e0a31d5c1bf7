import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import modbusSerial from 'modbus-serial'
import { afterEach, describe, expect, it } from 'vitest'
import type { Gateway } from '../../gateway.ts'
import { rejectedNotes, storedReadings } from '../../testing/outbox-contents.ts'
import { Folders, startTestGateway } from '../../testing/test-gateway.ts'

const PATIENCE = { timeout: 15_000 }
const { ServerTCP, ServerSerial } = modbusSerial
const MODEL = `model: test-meter
name: { en: Meter, zh: 表 }
interval: 100ms
registers:
  map:
    - { quantity: voltage, address: 0, scale: 0.1 }
    - { quantity: energy, address: 1, type: u32, words: little }
    - { quantity: power, table: input, address: 8, type: i16 }
    - { quantity: missing_one, table: input, address: 9, missing: 0xFFFF }
    - { quantity: closed, table: coil, address: 3, interval: 1h }
quantities:
  voltage: { name: { en: V, zh: V }, unit: V, source: test }
  energy: { name: { en: E, zh: E }, unit: kW.h, source: test }
  power: { name: { en: P, zh: P }, unit: kW, source: test }
  missing_one: { name: { en: M, zh: M }, unit: "1", source: test }
  closed: { name: { en: C, zh: C }, unit: "1", source: test }
`
const EXPECTED = { voltage: 231.5, energy: 0x20001, power: -5, closed: 1 }
/** A unit that never answers. */
const FROZEN = 9
/** A unit that refuses every request. */
const REFUSING = 8

const registers = (address: number): number => [2315, 1, 2][address] ?? 0
const units = {
  getHoldingRegister(address: number, unit: number, answer: (error: unknown, value: number) => void) {
    if (unit === REFUSING) answer({ modbusErrorCode: 2, msg: 'no' }, 0)
    else if (unit !== FROZEN) answer(null, registers(address))
  },
  getInputRegister: (address: number) => (address === 8 ? 0xfffb : 0xffff),
  getCoil: () => true,
}

const folders = new Folders()
let gateway: Gateway
const closing: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  await gateway.stop()
  for (const close of closing.splice(0).reverse()) await close()
  folders.remove()
})

async function start(source: object, addresses: readonly (number | string)[]): Promise<void> {
  const models = folders.make()
  writeFileSync(join(models, 'test-meter.yaml'), MODEL)
  gateway = await startTestGateway({
    data: folders.make(),
    sources: [{ type: 'modbus', ...source }],
    models,
    devices: addresses.map(unit => ({ id: `meter-${unit}`, model: 'test-meter', address: String(unit) })),
  })
}

/** A real Modbus TCP server on a free port. */
async function startUnits(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  // Unit 255 hears the requests for all units.
  const server = new ServerTCP(units as never, { host: '127.0.0.1', port, unitID: 255 })
  await once(server, 'initialized')
  server.on('socketError', () => {})
  closing.push(() => new Promise(resolve => server.close(() => resolve(undefined))))
  return port
}

const latest = (device: string): Record<string, number> =>
  Object.fromEntries(
    storedReadings(gateway)
      .filter(reading => reading.device === device)
      .map(({ quantity, v }) => [quantity, v]),
  )
const countOf = (device: string): number =>
  storedReadings(gateway).filter(reading => reading.device === device && reading.quantity === 'voltage')
    .length

describe('Modbus TCP', () => {
  it('reads what the model of the device describes', async () => {
    await start({ transport: 'tcp', host: '127.0.0.1', port: await startUnits() }, [1])
    await expect.poll(() => latest('meter-1'), PATIENCE).toEqual(EXPECTED)
    await expect.poll(() => countOf('meter-1'), PATIENCE).toBeGreaterThan(2)
    expect(storedReadings(gateway).filter(({ quantity }) => quantity === 'closed')).toHaveLength(1)
  })

  it('names a unit that does not answer and one that refuses, and asks the others at their interval', async () => {
    const port = await startUnits()
    await start({ transport: 'tcp', host: '127.0.0.1', port, timeout: '300ms' }, [1, FROZEN, REFUSING, 2])
    await expect.poll(() => countOf('meter-2'), { timeout: 15_000 }).toBeGreaterThan(10)
    const notes = await rejectedNotes(gateway)
    // At its interval it would have been asked as often as the others, and each time they would have waited.
    const silent = notes.find(({ source }) => source.includes('meter-9'))
    expect(silent?.count).toBeLessThan(4)
    const reasons = notes.map(({ source, reason }) => `${source}: ${reason}`)
    expect(reasons).toContainEqual(expect.stringMatching(/unit 9 \(meter-9\): modbus-silent/))
    expect(reasons).toContainEqual(expect.stringMatching(/unit 8 \(meter-8\): modbus.*Illegal data address/))
  })

  it('is named when nobody listens, or nobody is to be asked', async () => {
    await start({ transport: 'tcp', host: '127.0.0.1', port: 9 }, [1])
    expect(gateway.sources()[0]?.fault?.message).toMatch(/127\.0\.0\.1:9 cannot be reached \(ECONNREFUSED\)/)
    await gateway.stop()
    await start({ transport: 'tcp', host: '127.0.0.1' }, ['attic'])
    expect(gateway.sources()[0]?.fault?.code).toBe('modbus-devices')
  })

  it.each([
    ['says what nobody asked for', 'rtu-over-tcp', Buffer.alloc(20_000, 0x55), /nobody asked for/],
    // The library would wait for 65,535 bytes, and hear no answer meanwhile.
    ['is out of step', 'tcp', Buffer.from('00010000FFFF0103020907', 'hex'), /no Modbus TCP/],
  ])('ends a line that %s', async (_, transport, noise, message) => {
    const server: Server = createServer(socket => {
      socket.on('error', () => {})
      const send = (): void => {
        if (!socket.destroyed) socket.write(noise, () => setImmediate(send))
      }
      send()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => server.close())
    const { port } = server.address() as AddressInfo
    await start({ transport, host: '127.0.0.1', port }, [1])
    const fault = { code: 'modbus-line', message: expect.stringMatching(message) }
    await expect.poll(() => gateway.sources()[0]?.fault, PATIENCE).toEqual(fault)
  })
})

const hasSocat = existsSync('/usr/bin/socat')

describe.skipIf(!hasSocat)('Modbus RTU', () => {
  /** Two ends of a serial line: a real server is at the far one. */
  async function startLine(): Promise<string> {
    const folder = folders.make()
    const [near, far] = [join(folder, 'near'), join(folder, 'far')]
    const socat: ChildProcess = spawn('socat', [`pty,raw,echo=0,link=${near}`, `pty,raw,echo=0,link=${far}`])
    closing.push(() => socat.kill())
    await expect.poll(() => existsSync(near) && existsSync(far), PATIENCE).toBe(true)
    const server = new ServerSerial(units as never, { path: far, baudRate: 9600, unitID: 255 } as never)
    server.on('error', () => {})
    server.on('socketError', () => {})
    await once(server, 'initialized')
    closing.push(() => new Promise(resolve => server.close(() => resolve(undefined))))
    return near
  }

  it('reads a serial line', async () => {
    await start({ transport: 'serial', path: await startLine() }, [1])
    await expect.poll(() => latest('meter-1'), { timeout: 15_000 }).toEqual(EXPECTED)
  })

  it('reads RTU frames over TCP, as serial servers forward them', async () => {
    const path = await startLine()
    const bridge = spawn('socat', ['-d', '-d', 'TCP-LISTEN:0,bind=127.0.0.1,fork', `FILE:${path},raw,echo=0`])
    closing.push(() => bridge.kill())
    const [line] = await once(bridge.stderr, 'data')
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(String(line))?.[1])
    await start({ transport: 'rtu-over-tcp', host: '127.0.0.1', port }, [1])
    await expect.poll(() => latest('meter-1'), { timeout: 15_000 }).toEqual(EXPECTED)
  })

  it('is named where the line is not there', async () => {
    await start({ transport: 'serial', path: '/dev/picket-none' }, [1])
    expect(gateway.sources()[0]?.fault?.message).toMatch(/picket-none cannot be opened/)
  })
})
