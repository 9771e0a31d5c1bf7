import { type Codec, codecEntry } from '@picket/devices'

const SECONDS = 3
const FRAMES_PER_ROUND = 1000

// A timed report with four values, as most that come.
const SL651 =
  '7E7E011000000006000032002B022F7C221202133716F1F1100000000648F0F02212021335201900000026190031963923000289603812131203367C'

// What a gateway of a farm sends: four quantities of five instants, in a pack.
const SENML = Array.from({ length: 20 }, (_, index) => ({
  ...(index === 0 ? { bn: 'urn:dev:mac:0024befffe804ff1/', bt: 1_790_000_000 } : {}),
  n: ['temperature', 'humidity', 'soil_moisture', 'illuminance'][index % 4],
  t: -60 * Math.floor(index / 4),
  v: 20 + index / 8,
}))

/** How fast a codec is on one core: per second of processor time, whatever else the machine does. */
interface CodecSpeed {
  framesPerSecond: number
  readingsPerSecond: number
}

/** Decodes the same message until the processor has worked on it for some seconds, after one to warm up. */
function measure(codec: Codec, message: Uint8Array): CodecSpeed {
  const context = { topic: 'bench', arrivalMs: Date.now() }
  const run = (seconds: number): { frames: number; readings: number; busySeconds: number } => {
    const begin = process.cpuUsage()
    let [frames, readings, busySeconds] = [0, 0, 0]
    while (busySeconds < seconds) {
      for (let round = 0; round < FRAMES_PER_ROUND; round++)
        readings += codec.decode(message, context).readings.length
      frames += FRAMES_PER_ROUND
      const { user, system } = process.cpuUsage(begin)
      busySeconds = (user + system) / 1e6
    }
    return { frames, readings, busySeconds }
  }
  run(1)
  const { frames, readings, busySeconds } = run(SECONDS)
  return {
    framesPerSecond: Math.round(frames / busySeconds),
    readingsPerSecond: Math.round(readings / busySeconds),
  }
}

/** A codec of its own, by its name. */
async function codecOf(name: string): Promise<Codec> {
  const create = await codecEntry(name)?.load()
  if (!create) throw new Error(`there is no codec ${name}`)
  return create()
}

/** Prints the speed of the codecs that gateways with many stations need, as JSON. */
export async function benchCodecs(): Promise<void> {
  const senml = await codecOf('senml-cbor')
  const pack = senml.encode?.(SENML)
  if (!pack?.ok) throw new Error('the pack of the bench is not encoded')
  const speeds = {
    sl651: measure(await codecOf('sl651'), Buffer.from(SL651, 'hex')),
    'senml-cbor': measure(senml, pack.bytes),
  }
  process.stdout.write(`${JSON.stringify(speeds, null, 2)}\n`)
}
