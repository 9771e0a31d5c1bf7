import { type Codec, codecEntry, type DeviceModel, StartError } from '@picket/devices'

/**
 * Loads a codec for one source.
 *
 * @throws StartError where there is none of that name
 */
export async function loadCodec(name: string): Promise<(model?: DeviceModel) => Codec> {
  const entry = codecEntry(name)
  if (!entry)
    throw new StartError('source-codec', `there is no codec ${name}; picket-devices decode --help lists them`)
  return entry.load()
}
