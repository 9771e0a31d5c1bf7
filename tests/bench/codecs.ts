import { type Codec, codecEntry } from '@picket/devices'

const SECONDS = 3
const FRAMES_PER_ROUND = 1000

// A timed report with four values, as most that come.
const SL651 =
  '7E7E011000000006000032002B022F7C221202133716F1F1100000000648F0F02212021335201900000026190031963923000289603812131203367C'

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

/** Prints the speed of the codecs that gateways with many stations need, as JSON. */
export async function benchCodecs(): Promise<void> {
  const create = await codecEntry('sl651')?.load()
  if (!create) throw new Error('there is no codec sl651')
  const speeds = { sl651: measure(create(), Buffer.from(SL651, 'hex')) }
  process.stdout.write(`${JSON.stringify(speeds, null, 2)}\n`)
}
