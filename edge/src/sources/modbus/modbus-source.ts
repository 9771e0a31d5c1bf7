import {
  type Fault,
  Mark,
  parseDuration,
  Quality,
  type Reading,
  readBlock,
  StartError,
} from '@picket/devices'
import { type Static, Type } from 'typebox'
import { sampleOf } from '../../intake/sample.ts'
import type { KnownDevice } from '../field-devices.ts'
import type { Said } from '../reception.ts'
import type { Source, SourceContext, SourceKind } from '../source.ts'
import { type Line, type LineSettings, openLine } from './line.ts'
import { type Poll, PollPlan } from './polls.ts'

const Settings = Type.Object(
  {
    transport: Type.Enum(['tcp', 'rtu-over-tcp', 'serial']),
    host: Type.Optional(Type.String({ minLength: 1, description: 'of tcp and rtu-over-tcp' })),
    port: Type.Integer({ minimum: 1, maximum: 65_535, default: 502 }),
    path: Type.Optional(Type.String({ minLength: 1, description: 'of serial, such as /dev/ttyUSB0' })),
    baud: Type.Integer({ minimum: 300, maximum: 1_000_000, default: 9600 }),
    parity: Type.Enum(['none', 'even', 'odd'], { default: 'none' }),
    dataBits: Type.Union([Type.Literal(7), Type.Literal(8)], { default: 8 }),
    stopBits: Type.Union([Type.Literal(1), Type.Literal(2)], { default: 1 }),
    timeout: Type.String({
      pattern: '^[1-9]\\d*(ms|s)$',
      default: '1s',
      description: 'how long a unit may take to answer',
    }),
  },
  { additionalProperties: false },
)
type Settings = Static<typeof Settings>

const LAST_UNIT = 255

/** Asks the units of one Modbus bus, each register at its interval; the device model says what they mean. */
export const modbusSource: SourceKind<typeof Settings> = {
  settings: Settings,
  async start(settings, context) {
    const devices = pollable(context)
    const failed = (error: Error): void => context.failed(error)
    const line = await openLine(lineOf(settings), parseDuration(settings.timeout) as number, failed)
    const bus = new Bus(line, new PollPlan(devices, context.elapsedMs()), context)
    bus.run()
    return bus
  },
}

/** @throws StartError where there is nobody to ask; a device that cannot be asked is named and left out */
function pollable({ name, devices, refuse }: SourceContext): KnownDevice[] {
  const found = devices.all.filter(({ id, address, model }) => {
    if (!model.registers) return false
    const unit = Number(address)
    const isUnit = /^\d+$/.test(address) && unit <= LAST_UNIT
    const message = `${id}: the address ${address} is no unit from 0 to ${LAST_UNIT}`
    if (!isUnit) refuse(`source ${name}`, { code: 'modbus-unit', message })
    return isUnit
  })
  if (found.length > 0) return found
  throw new StartError(
    'modbus-devices',
    `source ${name} has nobody to ask: name devices whose models have registers, with the unit as address`,
  )
}

/** @throws StartError where the place of the line is missing */
function lineOf({ transport, host, port, path, baud, parity, dataBits, stopBits }: Settings): LineSettings {
  if (transport === 'serial') {
    if (path === undefined)
      throw new StartError('modbus-line', 'a serial line needs its path, such as /dev/ttyUSB0')
    return { transport, path, baud, parity, dataBits, stopBits }
  }
  if (host === undefined) throw new StartError('modbus-line', `${transport} needs a host`)
  return { transport, host, port }
}

/** One line and the units on it: one request at a time, the one that has been due longest first. */
class Bus implements Source {
  readonly #line: Line
  readonly #plan: PollPlan
  readonly #context: SourceContext
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(line: Line, plan: PollPlan, context: SourceContext) {
    this.#line = line
    this.#plan = plan
    this.#context = context
  }

  run(): void {
    const next = this.#plan.next()
    if (this.#isStopped || !next) return
    const waitMs = Math.max(0, next.atMs - this.#context.elapsedMs())
    this.#timer = setTimeout(() => this.#ask(next.poll).then(() => this.run()), waitMs)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#line.close()
  }

  async #ask(poll: Poll): Promise<void> {
    const { elapsedMs } = this.#context
    try {
      const data = await this.#line.read(poll.unit, poll.block)
      this.#plan.answered(poll, elapsedMs())
      if (!this.#isStopped) await this.#commit(poll, data)
    } catch (error) {
      if (this.#isStopped) return
      // An exception is an answer: the unit lives.
      if ('modbusCode' in (error as object)) this.#plan.answered(poll, elapsedMs())
      else this.#plan.failed(poll, elapsedMs())
      this.#context.refuse(this.#originOf(poll), faultOf(error as Error))
    }
  }

  /** Resolves when the readings are on disk, or the disk refused them: what is asked next is newer. */
  #commit(poll: Poll, data: Buffer): Promise<void> {
    return new Promise(resolve =>
      this.#context.reception.take({
        origin: this.#originOf(poll),
        payload: data,
        decode: arrivalMs => read(poll, data, arrivalMs),
        done: () => resolve(),
      }),
    )
  }

  #originOf({ device, unit }: Poll): string {
    return `${this.#context.name} unit ${unit} (${device.id})`
  }
}

function read({ device, block }: Poll, data: Buffer, arrivalMs: number): Said {
  const readings: Reading[] = []
  const faults: Fault[] = []
  for (const { register, v } of readBlock(block, data)) {
    const quantity = register.quantity as string
    if (Number.isFinite(v))
      readings.push({
        device: device.id,
        quantity,
        t: arrivalMs,
        v,
        q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME,
      })
    else faults.push({ code: 'modbus-value', message: `${quantity} is no finite number: ${sampleOf(data)}` })
  }
  return { readings, faults }
}

/** The library's errors in words. */
function faultOf(error: Error): Fault {
  const { message, errno } = error as { message: string; errno?: unknown }
  if (errno === 'ETIMEDOUT') return { code: 'modbus-silent', message: 'the unit does not answer in time' }
  return { code: 'modbus', message }
}
