import { Quality } from '../../reading.ts'
import { type Codec, type CodecContext, type Decoded, type Field, MAX_FACTS_PER_MESSAGE } from '../codec.ts'
import { Findings } from '../findings.ts'
import { parseJson } from '../json-text.ts'
import { wireName } from '../wire-name.ts'
import { Births } from './births.ts'
import { encode, NAME } from './encode.ts'
import { type Metric, type Payload, PayloadError, readPayload, typeOfNumber } from './payload.ts'
import { type Address, addressOf, hostOf } from './topic.ts'
import { metricValue } from './values.ts'

/** Most metrics of one message; each is at most one reading or fact, beside some facts of the message. */
const MAX_METRICS = MAX_FACTS_PER_MESSAGE - 10
const QUALITIES = new Map<number, Quality>([
  [0, Quality.FAIL],
  [192, Quality.NOT_EVALUATED],
  [500, Quality.SUSPECT],
])
/** Metrics that steer and count a session: no measurements. */
const OF_SESSION = /^(?:bdSeq$|Node Control\/|Device Control\/|Properties\/)/
const REBIRTH_HINT = 'ask the node to be born again: "Node Control/Rebirth" in an NCMD'

/**
 * Sparkplug B. Data refer to what the births before them said, so one codec serves one broker or connection.
 *
 * @param births - what is known of the nodes; its own where nobody shares it
 */
export function createSparkplugB(births = new Births()): Codec {
  return {
    name: NAME,
    decode(payload: Uint8Array, context: CodecContext, fields?: Field[]): Decoded {
      const findings = new Findings(NAME, context, fields)
      findings.enter(payload, 0)
      const host = hostOf(context.topic)
      if (host !== undefined) readHost(payload, host, findings)
      else readMessage(payload, births, findings)
      return findings.decoded
    },
    encode,
  }
}

/** Whether a host application is there (clause 6.4.27). */
function readHost(payload: Uint8Array, host: string, findings: Findings): void {
  const parsed = parseJson(payload)
  const { online, timestamp } =
    (parsed.ok && (parsed.value as { online?: unknown; timestamp?: unknown })) || {}
  if (typeof online !== 'boolean')
    findings.fault('state', { offset: 0, lengthBytes: payload.length }, 'no JSON with "online" true or false')
  else
    findings.fact({
      device: wireName(host),
      name: 'state',
      value: online ? 'online' : 'offline',
      ...(typeof timestamp === 'number' ? { t: timestamp } : {}),
    })
}

function readMessage(bytes: Uint8Array, births: Births, findings: Findings): void {
  const whole = { offset: 0, lengthBytes: bytes.length }
  const address = addressOf(findings.context.topic)
  if (!address) {
    findings.fault(
      'topic',
      whole,
      `"${findings.context.topic}" is not spBv1.0/{group}/{type}/{node}[/{device}]`,
    )
    return
  }
  if (bytes.length === 0) {
    findings.fault('syntax', whole, 'there is no payload')
    return
  }
  let payload: Payload
  try {
    payload = readPayload(bytes, MAX_METRICS)
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error
    // Half a birth would name half of the aliases: nothing of it is kept.
    const offset = Math.min(error.offset, bytes.length)
    findings.fault('syntax', { offset, lengthBytes: bytes.length - offset }, error.message)
    return
  }
  new Message(address, payload, { births, findings }).read()
}

class Message {
  readonly #address: Address
  readonly #payload: Payload
  readonly #births: Births
  readonly #findings: Findings
  #historical = 0

  constructor(
    address: Address,
    payload: Payload,
    { births, findings }: { births: Births; findings: Findings },
  ) {
    this.#address = address
    this.#payload = payload
    this.#births = births
    this.#findings = findings
  }

  read(): void {
    const { type, device } = this.#address
    this.#fact(device, 'function', type)
    this.#takeSession()
    this.#takeSequence()
    for (const metric of this.#payload.metrics) this.#readMetric(metric)
    if (this.#historical > 0) this.#fact(device, 'historical', this.#historical)
  }

  #fact(device: string, name: string, value: number | string): void {
    const { timestamp } = this.#payload
    this.#findings.fact({ device, name, value, ...(timestamp === undefined ? {} : { t: timestamp }) })
  }

  /** Births and deaths change what is known of a node. */
  #takeSession(): void {
    const { type, node, device } = this.#address
    const births = this.#births
    if (type === 'NBIRTH') births.begin(node, this.#session())
    else if (type === 'DBIRTH') {
      if (!births.has(node)) this.#faultOfBirth(`${device} is born before its node`)
      births.endDevice(node, device)
    } else if (type === 'DDEATH') births.endDevice(node, device)
    else if (type === 'NDEATH') {
      // The will of a connection that was given up may come after the next birth (clause 6.4.24).
      if (births.has(node) && births.sessionOf(node) !== this.#session()) {
        this.#fact(node, 'state', 'death of an earlier session')
        return
      }
      births.end(node)
    }
    if (type.endsWith('BIRTH')) this.#fact(device, 'state', 'online')
    if (type.endsWith('DEATH')) this.#fact(device, 'state', 'offline')
  }

  #session(): number | undefined {
    const value = this.#payload.metrics.find(({ name }) => name === 'bdSeq')?.value
    return value?.as === 'integer' ? Number(value.value) : undefined
  }

  /** One sequence counts all messages of a node (clause 6.4.5); what is missing is told, the data are taken. */
  #takeSequence(): void {
    const { type, node } = this.#address
    const { seq } = this.#payload
    if (type === 'NDEATH' || type.endsWith('CMD') || seq === undefined) return
    if (seq > 255) {
      this.#findings.fault(
        'sequence',
        { offset: 0, lengthBytes: 0 },
        `the sequence number ${seq} is above 255`,
      )
      return
    }
    const due = this.#births.advance(node, seq)
    if (due !== undefined) this.#fact(node, 'sequence_gap', `${due} was due, ${seq} came`)
  }

  #faultOfBirth(message: string, place = { offset: 0, lengthBytes: 0 }): void {
    this.#findings.fault('birth', place, message, REBIRTH_HINT)
  }

  #readMetric(metric: Metric): void {
    const { type, node, device } = this.#address
    const known =
      metric.name === undefined && metric.alias !== undefined && !type.endsWith('BIRTH')
        ? this.#births.byAlias(node, metric.alias)
        : undefined
    const name = metric.name ?? known?.name
    const who = known?.device ?? device
    if (name === undefined || wireName(name) === '') {
      if (metric.alias === undefined || metric.name !== undefined)
        this.#findings.fault('name', metric.place, 'a metric without a name')
      else this.#faultOfBirth(`alias ${metric.alias} is of no birth`, metric.place)
      return
    }
    const dataType = metric.type ?? known?.type ?? this.#births.byName(node, who, name)?.type
    if (type.endsWith('BIRTH'))
      this.#births.remember(node, metric.alias, { device: who, name: name.slice(0, 256), type: metric.type })
    this.#tell(metric, { device: who, name, dataType })
  }

  #tell(
    metric: Metric,
    { device, name, dataType }: { device: string; name: string; dataType: number | undefined },
  ): void {
    const findings = this.#findings
    const t = metric.timestamp ?? this.#payload.timestamp
    const at = t === undefined ? {} : { t }
    const quantity = wireName(name)
    if (metric.isHistorical) this.#historical++
    const value = metric.isNull || !metric.value ? undefined : metricValue(metric.value, dataType)
    if (findings.looking) this.#show(metric, name, { dataType, value })
    if (value === 'needs-type') this.#faultOfBirth(`the type of ${name} is of no birth`, metric.place)
    else if (value === undefined) findings.fact({ device, name: quantity, value: 'missing', ...at })
    else if (metric.isHistorical && t === undefined)
      findings.fault('time', metric.place, `${name} is historical and has no time`)
    else if ('fact' in value || OF_SESSION.test(name) || this.#address.type.endsWith('CMD'))
      findings.fact({ device, name: quantity, value: 'fact' in value ? value.fact : value.v, ...at })
    else
      findings.measured(
        {
          address: device,
          channel: quantity,
          quantity,
          v: value.v,
          quality: QUALITIES.get(metric.quality ?? 192),
          ...at,
        },
        metric.place,
      )
  }

  #show(
    metric: Metric,
    name: string,
    { dataType, value }: { dataType: number | undefined; value: ReturnType<typeof metricValue> | undefined },
  ): void {
    const said =
      value === undefined
        ? 'null'
        : value === 'needs-type'
          ? 'of unknown type'
          : String('v' in value ? value.v : value.fact).slice(0, 100)
    const words = [
      `${name} = ${said}`,
      ...(metric.alias === undefined ? [] : [`alias ${metric.alias}`]),
      ...(dataType === undefined ? [] : [typeOfNumber(dataType) ?? `type ${dataType}`]),
      ...(metric.isHistorical ? ['historical'] : []),
    ]
    this.#findings.field('metric', metric.place, words.join(', '))
  }
}
