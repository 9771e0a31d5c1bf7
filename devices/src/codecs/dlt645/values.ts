import { bcdNumberReversed, scaled } from '../bcd.ts'
import { type Findings, hexOf, hexReversed } from '../findings.ts'
import { blockMembers, type DataIdentifier, describeIdentifier, identifierText } from './data-identifiers.ts'
import { HEAD_BYTES } from './frame.ts'

const IDENTIFIER_BYTES = 4

interface DataField {
  data: Uint8Array
  address: string
  isAnswer: boolean
  findings: Findings
}

/** Reads a data field that begins with an identifier: one value, or the values of a block. */
export function readData({ data, address, isAnswer, findings }: DataField): void {
  if (data.length < IDENTIFIER_BYTES) {
    const place = { offset: HEAD_BYTES, lengthBytes: data.length }
    findings.fault(
      'length',
      place,
      `${data.length} bytes for a data identifier, which has ${IDENTIFIER_BYTES}`,
    )
    return
  }
  const identifier =
    ((data[3] as number) * 0x1000000 +
      ((data[2] as number) << 16) +
      ((data[1] as number) << 8) +
      (data[0] as number)) >>>
    0
  const members = blockMembers(identifier)
  const described = describeIdentifier(identifier)
  const name = described?.name ?? (members.length > 0 ? 'block' : 'unknown')
  findings.field(
    'data identifier',
    { offset: HEAD_BYTES, lengthBytes: 4 },
    `${identifierText(identifier)}, ${name}`,
  )
  findings.fact({ device: address, name: 'data_identifier', value: identifierText(identifier) })
  if (!isAnswer) return
  let at = 4
  for (const member of described ? [identifier] : members) {
    const meaning = describeIdentifier(member) as DataIdentifier
    if (at + meaning.lengthBytes > data.length) break
    readValue({ data, address, at, identifier: member, meaning, findings })
    at += meaning.lengthBytes
  }
  if (at === 4 && described)
    findings.fault(
      'length',
      { offset: HEAD_BYTES + 4, lengthBytes: data.length - 4 },
      `${data.length - 4} bytes for ${name}, which has ${described.lengthBytes}`,
    )
  if (at >= data.length || (at === 4 && described)) return
  const place = { offset: HEAD_BYTES + at, lengthBytes: data.length - at }
  findings.fact({ device: address, name: identifierText(identifier), value: hexOf(data, at) })
  findings.field('further data', place, `${hexOf(data, at)}, kept as it is`)
}

interface DataValue {
  data: Uint8Array
  address: string
  at: number
  identifier: number
  meaning: DataIdentifier
  findings: Findings
}

function readValue({ data, address, at, identifier, meaning, findings }: DataValue): void {
  const { lengthBytes, decimals, unit, isSigned, quantity, name } = meaning
  const place = { offset: HEAD_BYTES + at, lengthBytes }
  const channel = identifierText(identifier)
  const digits = hexReversed(data, at, at + lengthBytes)
  if (decimals === undefined) {
    findings.fact({ device: address, name: channel, value: digits })
    findings.field(name, place, digits)
    return
  }
  // Annex A: FF in every byte where the phase does not exist.
  if (/^F+$/.test(digits)) {
    findings.fact({ device: address, name: quantity ?? channel, value: 'missing' })
    findings.field(name, place, 'missing')
    return
  }
  const isNegative = isSigned === true && (data[at + lengthBytes - 1] as number) >= 0x80
  const bytes = Uint8Array.from(data.subarray(at, at + lengthBytes))
  if (isNegative) bytes[lengthBytes - 1] = (bytes[lengthBytes - 1] as number) & 0x7f
  const number = scaled(bcdNumberReversed(bytes, 0, lengthBytes), decimals)
  if (Number.isNaN(number)) {
    findings.fault('digits', place, `${name}: ${digits} is not decimal`)
    findings.field(name, place, `not decimal: ${digits}`)
    return
  }
  const v = isNegative ? 0 - number : number
  findings.measured({ address, channel, quantity, v }, place)
  if (findings.looking) findings.field(name, place, v.toFixed(decimals), unit)
}
