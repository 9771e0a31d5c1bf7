import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Codec, Fault } from '@picket/devices'
import { listenError } from '@picket/devices/runtime'
import { generate, type NamedOption, type Packet, type ParsedPacket } from 'coap-packet'
import { type Static, Type } from 'typebox'
import { AllowList, checkOpenness, Openness, plainAddress } from '../allow-list.ts'
import type { KnownDevice } from '../field-devices.ts'
import { Listening } from '../listening.ts'
import type { Source, SourceContext, SourceKind } from '../source.ts'
import { BlockTransfers, MAX_BODY_BYTES } from './block-transfers.ts'
import { type Exchange, Exchanges } from './exchanges.ts'
import { Payloads, readPayload } from './payloads.ts'
import { type Request, readDatagram } from './request.ts'

const Settings = Type.Object(
  {
    ...Listening,
    port: Type.Integer({ minimum: 0, maximum: 65_535, default: 5683 }),
    ...Openness,
  },
  { additionalProperties: false },
)
type Settings = Static<typeof Settings>

/** Requests that wait for their commit; further ones are not answered, and come again. */
const MAX_WAITING = 1000
/** RFC 7252, section 5.10.5: when to try again, seconds. */
const RETRY_AFTER_S = 60
const MAX_DIAGNOSTIC = 100

/**
 * CoAP over UDP for NB-IoT: POST or PUT to `/r/{device}`, answered when the readings are on disk. The message layer is
 * ours: the server of the `coap` package works a request off again that comes again before it was answered, and puts
 * blocks together without a bound, those of all peers without a token in one place.
 */
export const coapSource: SourceKind<typeof Settings> = {
  settings: Settings,
  async start(settings, context) {
    checkOpenness(context.name, settings)
    const server = new CoapServer(context, new AllowList(settings.from), await Payloads.load(context.devices))
    await server.listen(settings)
    return server
  },
}

/** What one request, or the last of several with a block each, has brought. */
interface Message {
  device: KnownDevice
  codec: Codec
  payload: Buffer
}

interface Served {
  request: Request
  exchange: Exchange
  origin: string
  from: RemoteInfo
}

class CoapServer implements Source {
  readonly #context: SourceContext
  readonly #allowed: AllowList
  readonly #payloads: Payloads
  readonly #exchanges: Exchanges
  readonly #transfers: BlockTransfers
  #socket!: Socket
  #waiting = 0
  port = 0

  constructor(context: SourceContext, allowed: AllowList, payloads: Payloads) {
    this.#context = context
    this.#allowed = allowed
    this.#payloads = payloads
    this.#exchanges = new Exchanges(context.elapsedMs)
    this.#transfers = new BlockTransfers(context.elapsedMs)
  }

  listen({ host, port }: Settings): Promise<void> {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
    this.#socket = socket
    return new Promise((resolve, reject) => {
      socket.once('error', error => {
        socket.close()
        reject(listenError(error, port, `the port of source ${this.#context.name}`))
      })
      socket.bind(port, host, () => {
        socket.removeAllListeners('error')
        socket.on('error', error => this.#context.failed(error))
        socket.on('message', (bytes, from) => this.#receive(bytes, from))
        this.port = socket.address().port
        resolve()
      })
    })
  }

  stop(): Promise<void> {
    return new Promise(resolve => this.#socket.close(() => resolve()))
  }

  #receive(bytes: Buffer, from: RemoteInfo): void {
    const { name, floods } = this.#context
    const address = plainAddress(from.address)
    const origin = `${name} peer ${address}`
    if (!this.#allowed.has(address)) {
      const message = 'not among the addresses of from'
      this.#refuse(origin, { code: 'peer-not-allowed', message }, bytes)
    } else if (!floods.admits(`${origin} port ${from.port}`))
      this.#refuse(origin, { code: 'flood', message: floods.words }, bytes)
    else this.#read(bytes, from, origin)
  }

  #read(bytes: Buffer, from: RemoteInfo, origin: string): void {
    const datagram = readDatagram(bytes)
    if (datagram.kind === 'ping') this.#reset(datagram.messageId, from)
    else if (datagram.kind === 'malformed') {
      this.#refuse(origin, { code: 'coap-malformed', message: datagram.why }, bytes)
      if (datagram.messageId !== undefined) this.#reset(datagram.messageId, from)
    } else if (datagram.kind === 'refused') {
      this.#refuse(origin, { code: `coap-${datagram.code}`, message: datagram.why }, bytes)
      this.#answer(datagram.packet, from, datagram.code, { payload: Buffer.from(datagram.why) })
    } else if (datagram.kind === 'request') this.#meet(datagram.request, bytes, from)
  }

  #meet(request: Request, bytes: Buffer, from: RemoteInfo): void {
    const { exchange, isNew } = this.#exchanges.meet(`${from.address} ${from.port}`, bytes)
    if (exchange.answer) this.#sendBytes(exchange.answer, from)
    // One that is under way is answered when it is done.
    if (!isNew) return
    if (this.#waiting >= MAX_WAITING) {
      this.#exchanges.forget(exchange)
      const message = `more than ${MAX_WAITING} requests wait for their commit`
      this.#refuse(this.#context.name, { code: 'busy', message }, bytes)
      return
    }
    const origin = `${this.#context.name} device ${request.path[1] || '(none)'}`
    const message = this.#messageOf(request, from)
    if ('continues' in message)
      exchange.answer = this.#answer(request.packet, from, '2.31', { options: blockOf(request) })
    else if ('code' in message) {
      const { code, why } = message
      this.#refuse(origin, { code: `coap-${code}`, message: why }, bytes)
      exchange.answer = this.#answer(request.packet, from, code, { payload: Buffer.from(why) })
    } else this.#commit(message, { request, exchange, origin, from })
  }

  /** The message that a request completes, or with which code it is answered instead. */
  #messageOf(
    { packet, path, contentFormat, block }: Request,
    { address, port }: RemoteInfo,
  ): Message | { continues: true } | { code: string; why: string } {
    const [root, id = ''] = path
    if (root !== 'r' || id === '') return { code: '4.04', why: 'the path is /r/{device}' }
    const device = this.#context.devices.at(id)
    if (!device) return { code: '4.04', why: `${id} is none of the gateway's devices` }
    const codec = this.#payloads.codecFor(device, contentFormat)
    if (!codec)
      return { code: '4.15', why: `no codec for content format ${contentFormat ?? 'none'} of ${device.id}` }
    if (!block) return { device, codec, payload: packet.payload }
    const joined = this.#transfers.add(`${address} ${port} ${path.join('/')}`, block, packet.payload)
    if (joined === 'too-large') return { code: '4.13', why: `more than ${MAX_BODY_BYTES} bytes` }
    if (joined === 'incomplete') return { code: '4.08', why: 'a block before this one is missing' }
    return joined === 'continue' ? { continues: true } : { device, codec, payload: joined.body }
  }

  #commit({ device, codec, payload }: Message, { request, exchange, origin, from }: Served): void {
    const quantity = request.path[2]
    this.#waiting++
    this.#context.reception.take({
      origin,
      payload,
      decode: arrivalMs => readPayload(codec, device, { payload, quantity, arrivalMs }),
      done: (error, { readings, fault }) => {
        this.#waiting--
        if (error) {
          this.#exchanges.forget(exchange)
          const options = [{ name: 'Max-Age' as const, value: Buffer.of(RETRY_AFTER_S) }]
          this.#answer(request.packet, from, '5.03', { options })
        } else if (readings > 0)
          exchange.answer = this.#answer(request.packet, from, '2.04', { options: blockOf(request) })
        else {
          const why = Buffer.from(fault?.message ?? 'there is no reading in it')
          exchange.answer = this.#answer(request.packet, from, '4.00', { payload: why })
        }
      },
    })
  }

  #reset(messageId: number, to: RemoteInfo): void {
    this.#sendBytes(generate({ code: '0.00', reset: true, messageId }), to)
  }

  #refuse(origin: string, fault: Fault, bytes: Buffer): void {
    this.#context.refuse(origin, fault, bytes)
  }

  /** Answers a request, in its acknowledgement where it asks for one. */
  #answer(request: ParsedPacket, to: RemoteInfo, code: string, more: Packet): Buffer {
    const { confirmable, messageId, token } = request
    const payload = more.payload?.subarray(0, MAX_DIAGNOSTIC)
    const head = confirmable ? { ack: true, messageId } : {}
    const bytes = generate({ ...more, ...(payload && { payload }), ...head, code, token })
    this.#sendBytes(bytes, to)
    return bytes
  }

  #sendBytes(bytes: Buffer, { port, address }: RemoteInfo): void {
    // A peer that is gone hears nothing, and a stopped source answers no more: the request comes again.
    try {
      this.#socket.send(bytes, port, address, () => {})
    } catch {}
  }
}

/** The block option of a request, which its answer repeats (RFC 7959, section 2.3). */
const blockOf = ({ packet, block }: Request): NamedOption[] =>
  block ? (packet.options.filter(({ name }) => name === 'Block1') as NamedOption[]) : []
