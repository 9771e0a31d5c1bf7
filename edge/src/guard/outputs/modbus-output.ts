import type { Output } from './output.ts'

export interface ModbusOutputOptions {
  host: string
  port: number
  unit: number
  /** Address of the coil, from 0. */
  coil: number
}

/** A coil of a Modbus TCP slave: written (function 5), then read back (function 1). */
export class ModbusOutput implements Output {
  readonly #options: ModbusOutputOptions

  constructor(options: ModbusOutputOptions) {
    this.#options = options
  }

  async set(on: boolean, signal: AbortSignal): Promise<boolean> {
    const { host, port, unit, coil } = this.#options
    const { default: modbus } = await import('modbus-serial')
    const slave = new modbus.default()
    // What is under way when the time is over ends with the connection.
    const close = (): void => slave.close(() => {})
    signal.addEventListener('abort', close, { once: true })
    try {
      await Promise.race([slave.connectTCP(host, { port }), aborted(signal)])
      slave.setID(unit)
      await Promise.race([slave.writeCoil(coil, on), aborted(signal)])
      const { data } = await Promise.race([slave.readCoils(coil, 1), aborted(signal)])
      if (data[0] !== on) throw new Error(`coil ${coil} reads ${data[0] ? 'on' : 'off'} after it was written`)
      return on
    } finally {
      signal.removeEventListener('abort', close)
      close()
    }
  }

  async stop(): Promise<void> {}
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const fail = (): void => reject(new Error('the slave does not answer'))
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })
