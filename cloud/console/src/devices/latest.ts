import type { Device, LiveReading } from '../api/shapes.ts'

const QUALITY = 0x0f
const MARKS = 0xf0

/**
 * The devices with newer readings taken over as their last values. Devices without news stay the same
 * object; readings of unknown devices and readings older than the last one are left out.
 */
export function applyReadings(devices: readonly Device[], readings: Iterable<LiveReading>): Device[] {
  const byDevice = new Map<string, LiveReading[]>()
  for (const reading of readings) {
    const list = byDevice.get(reading.device)
    if (list) list.push(reading)
    else byDevice.set(reading.device, [reading])
  }
  return devices.map(device => {
    const news = byDevice.get(device.id)
    return news ? news.reduce(withReading, device) : device
  })
}

function withReading(device: Device, { quantity, t, v, q }: LiveReading): Device {
  const last = { t, v, q: q & QUALITY, marks: q & MARKS }
  const known = device.quantities.find(one => one.quantity === quantity)
  if (known?.last && known.last.t > t) return device
  const quantities = known
    ? device.quantities.map(one => (one === known ? { ...one, last } : one))
    : [...device.quantities, { quantity, name: null, unit: null, last }]
  const lastSeen = Math.max(device.freshness.lastSeen ?? t, t)
  return { ...device, quantities, freshness: { ...device.freshness, lastSeen } }
}
