import type { Codec, CodecContext, Decoded, Field } from '../codecs/codec.ts'

/** A message as one codec understands it. */
export interface Inspected {
  codec: Codec
  fields: Field[]
  decoded: Decoded
}

/** Decodes with one codec, fields included. */
export function inspect(codec: Codec, message: Uint8Array, context: CodecContext): Inspected {
  const fields: Field[] = []
  const decoded = codec.decode(message, context, fields)
  return { codec, fields: fields.sort((a, b) => a.offset - b.offset), decoded }
}

/**
 * The codec that understands a message best: one that finds something and no fault, or else the one that can say
 * what most of its bytes are, as with a frame whose check sum is wrong.
 *
 * @param codecs - at least one; the first wins where several do equally well
 */
export function guess(codecs: readonly Codec[], message: Uint8Array, context: CodecContext): Inspected {
  const readings = codecs.map(codec => inspect(codec, message, context))
  const best = readings.reduce((one, other) =>
    scoreOf(other, message) > scoreOf(one, message) ? other : one,
  )
  if (isUnderstood(best) || !isJson(message)) return best
  // What is wrong with a JSON text is worth more than that it is none of the others.
  return readings.find(({ codec }) => codec.name === 'plain-json') ?? best
}

/** True for what begins as a JSON text of a sensor does. */
export const isJson = ([first]: Uint8Array): boolean => first === 0x7b || first === 0x5b

/** False where a codec can say nothing of a message but that it is none of its own. */
export const isUnderstood = ({ fields, decoded: { readings, facts } }: Inspected): boolean =>
  readings.length + facts.length > 0 || fields.some(({ name }) => name !== 'stray bytes')

/** Faults that say: this is no frame of that protocol. Beyond them fields mean nothing. */
const FOREIGN = /-(?:start|shape|stray)$/

function scoreOf({ fields, decoded: { readings, facts, faults } }: Inspected, message: Uint8Array): number {
  const found = readings.length + facts.length > 0
  if (found && faults.length === 0) return 4
  const length = Math.max(1, message.length)
  const foreignAt = Math.min(
    message.length,
    ...faults.filter(({ code }) => FOREIGN.test(code)).map(({ offset }) => offset),
  )
  const named = sumOf(fields.filter(({ offset }) => offset < foreignAt))
  // What goes wrong at one place may be this protocol; what goes wrong all over is another.
  const scattered = Math.min(1, Math.max(0, faults.length - 1) / 4)
  const sound = found ? 1 - Math.min(1, sumOf(faults) / length) : 0
  // A frame that is right up to its check sum is of that protocol, where it is most of the message.
  const isFramed = faults.some(
    ({ expected, lengthBytes }) => expected !== undefined && lengthBytes > length / 2,
  )
  return sound + (isFramed ? 1 : 0) + Math.min(1, named / length) - scattered
}

const sumOf = (places: readonly { lengthBytes: number }[]): number =>
  places.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0)
