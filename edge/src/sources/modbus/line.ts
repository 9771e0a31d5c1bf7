import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type RegisterBlock, StartError } from '@picket/devices'
import type modbusSerial from 'modbus-serial'
import { Headers } from './headers.ts'

type Client = InstanceType<typeof modbusSerial.default>

/** Where the units of a bus are reached. */
export type LineSettings =
  | { transport: 'tcp' | 'rtu-over-tcp'; host: string; port: number }
  | {
      transport: 'serial'
      path: string
      baud: number
      parity: 'none' | 'even' | 'odd'
      dataBits: 7 | 8
      stopBits: 1 | 2
    }

/** An open way to the units of a bus. One request at a time. */
export interface Line {
  /** @returns the bytes of the registers or bits; @throws Error where the unit does not answer rightly */
  read(unit: number, block: RegisterBlock): Promise<Buffer>
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 5000
/** The library keeps what answers nothing until something does: a line that says more than this alone is ended. */
const MAX_UNASKED_BYTES = 64 * 1024

/**
 * Opens a line.
 *
 * @param onClosed - called when it was closed by the other side
 * @throws StartError where it cannot be opened now
 */
export async function openLine(
  settings: LineSettings,
  timeoutMs: number,
  onClosed: (error: Error) => void,
): Promise<Line> {
  const { default: library } = await import('modbus-serial')
  const client = new library.default()
  const tap =
    settings.transport === 'serial'
      ? await openSerial(client, settings, onClosed)
      : await openSocket(client, settings, onClosed)
  client.on('error', () => {})
  client.setTimeout(timeoutMs)
  return {
    async read(unit, block) {
      client.setID(unit)
      const { buffer } = await ask(client, block)
      tap.answered()
      const bits = block.table === 'coil' || block.table === 'discrete'
      const length = bits ? Math.ceil(block.count / 8) : 2 * block.count
      if (buffer.length !== length) throw new Error(`${buffer.length} bytes came, ${length} were asked for`)
      return buffer
    },
    close: () => tap.close(),
  }
}

const ask = (client: Client, { table, address, count }: RegisterBlock): Promise<{ buffer: Buffer }> => {
  if (table === 'coil') return client.readCoils(address, count)
  if (table === 'discrete') return client.readDiscreteInputs(address, count)
  if (table === 'input') return client.readInputRegisters(address, count)
  return client.readHoldingRegisters(address, count)
}

interface Tap {
  answered(): void
  close(): Promise<void>
}

async function openSocket(
  client: Client,
  { transport, host, port }: Extract<LineSettings, { host: string }>,
  onClosed: (error: Error) => void,
): Promise<Tap> {
  const socket: Socket = connect({ host, port, noDelay: true })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) })
  } catch (error) {
    socket.destroy()
    const why = (error as NodeJS.ErrnoException).code ?? 'no answer'
    throw new StartError('modbus-line', `${host}:${port} cannot be reached (${why})`)
  }
  let unaskedBytes = 0
  const headers = transport === 'tcp' ? new Headers() : undefined
  socket.on('data', data => {
    unaskedBytes += data.length
    if (headers?.follow(data) === false) socket.destroy(new Error('it says what is no Modbus TCP'))
    if (unaskedBytes > MAX_UNASKED_BYTES) socket.destroy(new Error('it says what nobody asked for'))
  })
  socket.on('error', () => {})
  let isClosing = false
  socket.once('close', () => {
    const why = socket.errored?.message ?? 'the other side ended the connection'
    if (!isClosing) onClosed(new StartError('modbus-line', `${host}:${port}: ${why}`))
  })
  // The library's TcpRTUBuffered is Modbus TCP after all; RTU frames in a stream are what it calls Telnet.
  if (transport === 'tcp') await client.linkTCP(socket, { port })
  else await client.linkTelnet(socket, {})
  return {
    answered() {
      unaskedBytes = 0
    },
    async close() {
      isClosing = true
      socket.destroy()
    },
  }
}

async function openSerial(
  client: Client,
  { path, baud, parity, dataBits, stopBits }: Extract<LineSettings, { path: string }>,
  onClosed: (error: Error) => void,
): Promise<Tap> {
  try {
    await client.connectRTUBuffered(path, { baudRate: baud, parity, dataBits, stopBits })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'MODULE_NOT_FOUND')
      throw new StartError(
        'modbus-serial',
        'serial lines need the package serialport: npm install serialport',
      )
    throw new StartError('modbus-line', `${path} cannot be opened (${message})`)
  }
  let isClosing = false
  client.on('close', () => {
    if (!isClosing) onClosed(new StartError('modbus-line', `${path} was closed`))
  })
  return {
    answered() {},
    close() {
      isClosing = true
      return new Promise(resolve => client.close(() => resolve()))
    },
  }
}
