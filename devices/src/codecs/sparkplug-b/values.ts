import { hexOf } from '../findings.ts'
import { type DataType, typeOfNumber, type WireValue } from './payload.ts'

const SIGNED_BITS: Partial<Record<DataType, number>> = { Int8: 8, Int16: 16, Int32: 32, Int64: 64 }

/** What a metric's value is: a number to measure, or something to know. */
export type MetricValue = { v: number } | { fact: number | string } | 'needs-type'

/**
 * The value of a metric by its data type. Signed integers stand as their two's complement in an unsigned field:
 * without a type nobody can tell them.
 */
export function metricValue(wire: WireValue, type: number | undefined): MetricValue {
  const name = typeOfNumber(type ?? 0)
  switch (wire.as) {
    case 'integer': {
      if (name === undefined)
        return type === undefined || type === 0 ? 'needs-type' : { fact: String(wire.value) }
      const bits = SIGNED_BITS[name]
      const value = Number(bits === undefined ? wire.value : BigInt.asIntN(bits, wire.value))
      return name === 'DateTime' ? { fact: value } : { v: value }
    }
    case 'number':
      return { v: wire.value }
    case 'boolean':
      return { v: wire.value ? 1 : 0 }
    case 'text':
      return { fact: wire.value }
    default:
      return { fact: hexOf(wire.value) }
  }
}
