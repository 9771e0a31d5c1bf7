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
  return readings.reduce((best, reading) =>
    scoreOf(reading, message) > scoreOf(best, message) ? reading : best,
  )
}

function scoreOf({ fields, decoded: { readings, facts, faults } }: Inspected, message: Uint8Array): number {
  const found = readings.length + facts.length > 0
  if (found && faults.length === 0) return 4
  const named = fields
    .filter(({ name }) => name !== 'stray bytes')
    .reduce((sum, { lengthBytes }) => sum + lengthBytes, 0)
  // A frame that is right up to its check sum is of that protocol, where all of it is one frame.
  const isFramed = faults.some(
    ({ expected, lengthBytes }) => expected !== undefined && lengthBytes > message.length / 2,
  )
  // What goes wrong at one place may be this protocol; what goes wrong all over is another.
  const scattered = Math.min(1, Math.max(0, faults.length - 1) / 4)
  return (found ? 1 : 0) + (isFramed ? 1 : 0) + Math.min(1, named / Math.max(1, message.length)) - scattered
}
