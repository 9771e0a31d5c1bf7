import type { Fault } from '../fault.ts'
import type { Codec, CodecContext, CodecFault } from './codec.ts'

/** Something in a device model's description of a message that cannot be right, with its path in there. */
export interface DescriptionFault {
  path: (string | number)[]
  fault: Fault
}

/** Faults where a description names a quantity that the model does not have, or one twice at one time. */
export function checkQuantities(
  named: readonly { quantity?: string; path: (string | number)[] }[],
  known: readonly string[],
): DescriptionFault[] {
  const faults: DescriptionFault[] = []
  const seen = new Set<string>()
  for (const { quantity, path } of named) {
    if (quantity === undefined) continue
    if (!known.includes(quantity))
      faults.push({
        path,
        fault: {
          code: 'model-wire',
          message: `${quantity} is no quantity of this model`,
          hint: `its quantities are ${known.join(', ')}`,
        },
      })
    else if (seen.has(quantity))
      faults.push({ path, fault: { code: 'model-wire', message: `${quantity} is read twice` } })
    seen.add(quantity)
  }
  return faults
}

/** What a codec says that reads by a device model and got none. */
export function withoutDescription(name: string, section: string): Codec {
  return {
    name,
    decode: (payload: Uint8Array, _: CodecContext) => ({
      readings: [],
      facts: [],
      faults: [
        {
          code: `${name}-model`,
          message: `the device model has no "${section}" that says how to read this`,
          hint: `picket-devices decode --model FILE`,
          offset: 0,
          lengthBytes: payload.length,
        } satisfies CodecFault,
      ],
    }),
  }
}
