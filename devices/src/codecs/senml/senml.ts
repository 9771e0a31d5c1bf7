import type { Codec, CodecContext, Decoded, Encoded, Field } from '../codec.ts'
import { Findings, hexOf } from '../findings.ts'
import { brief, parseJson } from '../json-text.ts'
import { checkMessage } from '../message-schema.ts'
import { CborError, type CborItem, CborReader, cborHead, cborOf } from './cbor.ts'
import { isLabel, LABELS, type Label, Pack, PackMessage, type SenmlRecord, wordOf } from './pack.ts'

const LOWEST_LABEL = LABELS.bs
/** The labels of CBOR as names, from the lowest. */
const NAMES = (Object.keys(LABELS) as Label[]).sort((a, b) => LABELS[a] - LABELS[b])

/** A field that has to be understood, and is not (section 4.4). */
const mustUnderstand = (name: unknown): boolean => typeof name === 'string' && name.endsWith('_')

// As with base fields alone.
const NO_VALUE = 'no record of the pack has a value'

/** SenML in JSON, RFC 8428: `[{"bn": "station-7/", "n": "level", "u": "m", "v": 2.31}]`. */
export const senmlJson: Codec = {
  name: 'senml-json',
  decode(payload: Uint8Array, context: CodecContext): Decoded {
    const findings = new Findings('senml-json', context)
    const whole = { offset: 0, lengthBytes: payload.length }
    const parsed = parseJson(payload)
    if (!parsed.ok) findings.refused({ code: 'senml-json-syntax', ...parsed.fault })
    else if (!Array.isArray(parsed.value))
      findings.fault('shape', whole, `a pack is an array of records, not ${brief(parsed.value)}`)
    else {
      const pack = new Pack(findings)
      for (const item of parsed.value as unknown[]) {
        if (typeof item !== 'object' || item === null || Array.isArray(item)) {
          findings.fault('record', whole, `a record is an object, not ${brief(item)}`)
          continue
        }
        const unknown = Object.keys(item).find(mustUnderstand)
        if (unknown !== undefined)
          findings.fault('extension', whole, `${brief(unknown)} would have to be understood`)
        else pack.read(Object.fromEntries(Object.entries(item).filter(([key]) => isLabel(key))), whole)
      }
      findings.refuseSilence(whole, NO_VALUE)
    }
    return findings.decoded
  },
  encode(message: unknown): Encoded {
    const checked = checkMessage(PackMessage, message, 'senml-json')
    return checked.ok ? { ok: true, bytes: Buffer.from(JSON.stringify(checked.value)) } : checked
  },
}

/** SenML in CBOR, RFC 8428 section 6: the same records with numbers for the names of fields. */
export const senmlCbor: Codec = {
  name: 'senml-cbor',
  decode(payload: Uint8Array, context: CodecContext, fields?: Field[]): Decoded {
    const findings = new Findings('senml-cbor', context, fields)
    findings.enter(payload, 0)
    const reader = new CborReader(payload)
    try {
      readPack(reader, findings)
      if (reader.at < payload.length)
        findings.fault(
          'stray',
          { offset: reader.at, lengthBytes: payload.length - reader.at },
          'bytes after the pack',
        )
      findings.refuseSilence({ offset: 0, lengthBytes: reader.at }, NO_VALUE)
    } catch (error) {
      if (!(error instanceof CborError)) throw error
      const { message, offset } = error
      findings.fault('syntax', { offset, lengthBytes: Math.min(1, payload.length - offset) }, message)
    }
    return findings.decoded
  },
  encode(message: unknown): Encoded {
    const checked = checkMessage(PackMessage, message, 'senml-cbor')
    if (!checked.ok) return checked
    const parts: Uint8Array[] = [cborHead(4, checked.value.length)]
    for (const { vd, ...record } of checked.value) {
      const pairs = Object.entries({
        ...record,
        ...(vd === undefined ? {} : { vd: Buffer.from(vd, 'base64url') }),
      })
      parts.push(cborHead(5, pairs.length))
      for (const [label, value] of pairs) parts.push(cborOf(LABELS[label as Label]), cborOf(value))
    }
    return { ok: true, bytes: Buffer.concat(parts) }
  },
}

function readPack(reader: CborReader, findings: Findings): void {
  const start = reader.at
  const count = reader.enter(4)
  if (findings.looking)
    findings.field('pack', { offset: start, lengthBytes: reader.at - start }, `${count} records`)
  const pack = new Pack(findings)
  for (let index = 0; index < count; index++) {
    if (count === Number.POSITIVE_INFINITY && reader.takeBreak()) return
    readRecord(reader, pack, findings)
  }
}

function readRecord(reader: CborReader, pack: Pack, findings: Findings): void {
  const start = reader.at
  const record: SenmlRecord = {}
  const count = reader.enter(5)
  if (findings.looking)
    findings.field('record', { offset: start, lengthBytes: reader.at - start }, `${count} fields`)
  let unknown: CborItem
  for (let index = 0; index < count; index++) {
    if (count === Number.POSITIVE_INFINITY && reader.takeBreak()) break
    const at = reader.at
    const key = reader.item()
    const label = typeof key === 'number' ? NAMES[key - LOWEST_LABEL] : undefined
    const value = reader.item()
    if (label) record[label] = value
    else if (mustUnderstand(key)) unknown = key
    if (findings.looking)
      findings.field(
        label ? wordOf(label) : `field ${brief(key)}`,
        { offset: at, lengthBytes: reader.at - at },
        value instanceof Uint8Array ? hexOf(value) : String(value ?? 'not read'),
      )
  }
  const place = { offset: start, lengthBytes: reader.at - start }
  if (unknown === undefined) pack.read(record, place)
  else findings.fault('extension', place, `${brief(unknown)} would have to be understood`)
}
