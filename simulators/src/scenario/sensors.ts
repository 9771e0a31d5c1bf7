import { StartError } from '@picket/devices'
import { Catchment } from '../signals/catchment.ts'
import { Feeder } from '../signals/feeder.ts'
import { normal, seedOf } from '../signals/noise.ts'
import { DAY_MS, hourInChina, type Signal, toResolution } from '../signals/signal.ts'
import { Slope } from '../signals/slope.ts'
import { Weather } from '../signals/weather.ts'
import { offsetMs, spanMs } from './moment.ts'
import type { DeviceEntry, Scenario } from './scenario.ts'

/** What there is to measure at a site. */
interface Nature {
  anchorMs: number
  seed: number
  weather?: Weather
  slope?: Slope
  catchment?: Catchment
  feeder?: Feeder
}

/**
 * The signals of every device of a scenario.
 *
 * @param anchorMs - the time that the scenario's moments count from
 * @returns by device id, the quantities with their signals, named as in the device models
 * @throws StartError for a model that cannot be simulated or whose site lacks what it measures
 */
export function sensorsOf(scenario: Scenario, anchorMs: number): Map<string, Record<string, Signal>> {
  const nature = natureOf(scenario, anchorMs)
  return new Map(scenario.devices.map(device => [device.id, quantitiesOf(device, nature)]))
}

function natureOf(scenario: Scenario, anchorMs: number): Nature {
  const at = (moment: string): number => anchorMs + offsetMs(moment)
  const { weather, slope, catchment, feeder, seed } = scenario
  const nature: Nature = { anchorMs, seed }
  if (weather)
    nature.weather = new Weather({
      seed: seedOf(seed, 'weather'),
      anchorMs,
      storms: (weather.storms ?? []).map(storm => ({
        fromMs: at(storm.at),
        lastsMs: spanMs(storm.lasts),
        depthMm: storm.depth,
      })),
      showerPeriodMs: weather.showers ? spanMs(weather.showers.every) : DAY_MS,
      showerDepthMm: weather.showers?.depth ?? 0,
    })
  if (slope)
    nature.slope = new Slope({
      creepPerDay: slope.creep,
      installedMs: at(slope.installed),
      onsetMs: at(slope.accelerates),
      failureMs: at(slope.fails),
      reinstallMs: spanMs(slope.reinstall),
    })
  if (catchment && nature.weather)
    nature.catchment = new Catchment(nature.weather, {
      areaKm2: catchment.area,
      runoff: catchment.runoff,
      reservoirs: catchment.reservoirs,
      storageMs: spanMs(catchment.storage),
      baseFlow: catchment.baseFlow,
      rating: catchment.rating,
    })
  if (feeder)
    nature.feeder = new Feeder({
      seed: seedOf(seed, 'feeder'),
      ratedKva: feeder.ratedKva,
      nominalKv: 10,
      peakLoad: feeder.peakLoad,
      powerFactor: 0.95,
      ambientMean: feeder.ambient.mean,
      ambientSwing: feeder.ambient.swing,
      overloads: (feeder.overloads ?? []).map(({ at: moment, lasts, factor }) => ({
        fromMs: at(moment),
        lastsMs: spanMs(lasts),
        factor,
      })),
    })
  return nature
}

function quantitiesOf(device: DeviceEntry, nature: Nature): Record<string, Signal> {
  const observe = MODELS[device.model]
  if (!observe) {
    const known = Object.keys(MODELS).join(', ')
    throw new StartError(
      'scenario-model',
      `${device.id}: cannot simulate model "${device.model}"; use ${known}`,
    )
  }
  return observe(device, nature)
}

/** What a site must have for a device, or a StartError that names both. */
function needed<K extends 'weather' | 'slope' | 'catchment' | 'feeder'>(
  nature: Nature,
  key: K,
  { id, model }: DeviceEntry,
): NonNullable<Nature[K]> {
  const found = nature[key]
  if (found) return found
  throw new StartError(
    'scenario-nature',
    `${id}: a ${model} needs the section "${key}" (catchment: and weather)`,
  )
}

/** White noise of a sensor around its signal, then its resolution. */
function sensed(
  truth: (t: number) => number | undefined,
  {
    noise,
    resolution,
    seed,
    anchorMs,
  }: { noise: number; resolution: number; seed: number; anchorMs: number },
): Signal {
  return t => {
    const value = truth(t)
    return value === undefined
      ? undefined
      : toResolution(value + noise * normal(seed, t - anchorMs), resolution)
  }
}

// By device model: what it reports. Noise and resolution are those of common field instruments.
const MODELS: Record<string, (device: DeviceEntry, nature: Nature) => Record<string, Signal>> = {
  'crack-meter': (device, nature) => {
    const slope = needed(nature, 'slope', device)
    return signals(device, nature, {
      displacement: [t => scaled(slope.displacementMm(t), device.share), 0.05, 0.01],
      battery: [t => battery(t, slope.displacementMm(t) !== undefined), 0.01, 0.01],
    })
  },
  tilt: (device, nature) => {
    const slope = needed(nature, 'slope', device)
    // A block that slides on a curved surface turns with its movement: some 0.01 degrees a mm.
    const x = (t: number) => scaled(slope.displacementMm(t), 0.008 * (device.share ?? 1))
    const y = (t: number) => scaled(slope.displacementMm(t), 0.006 * (device.share ?? 1))
    const angle = (t: number) => scaled(slope.displacementMm(t), 0.01 * (device.share ?? 1))
    return signals(device, nature, {
      tilt_angle: [angle, 0.005, 0.001],
      tilt_x: [x, 0.005, 0.001],
      tilt_y: [y, 0.005, 0.001],
    })
  },
  'rain-gauge': (device, nature) => {
    const weather = needed(nature, 'weather', device)
    return { rain: tippingBucket(weather, device.share ?? 1, nature.anchorMs) }
  },
  'water-level-gauge': (device, nature) => {
    const catchment = needed(nature, 'catchment', device)
    const lagMs = device.lag === undefined ? 0 : spanMs(device.lag)
    const level = (t: number) => scaled(catchment.levelM(t - lagMs), device.share)
    // Radar gauges average over some seconds: what is left of the waves is a millimetre or two.
    return signals(device, nature, { level: [level, 0.0015, 0.001] })
  },
  transformer: (device, nature) => {
    const feeder = needed(nature, 'feeder', device)
    return signals(device, nature, {
      load: [t => feeder.loadFactor(t), 0.002, 0.001],
      oil_temperature: [t => feeder.oilTemperature(t), 0.1, 0.1],
      ambient_temperature: [t => feeder.ambient(t), 0.1, 0.1],
    })
  },
  'feeder-meter': (device, nature) => {
    const feeder = needed(nature, 'feeder', device)
    return signals(device, nature, {
      active_power: [t => feeder.activePower(t), 0.5, 0.1],
      voltage: [t => feeder.voltage(t), 0.2, 0.1],
      current: [t => feeder.current(t), 0.05, 0.01],
      frequency: [t => feeder.frequency(t), 0.001, 0.001],
    })
  },
}

type Truth = (t: number) => number | undefined

function signals(
  device: DeviceEntry,
  { seed, anchorMs }: Nature,
  quantities: Record<string, [truth: Truth, noise: number, resolution: number]>,
): Record<string, Signal> {
  return Object.fromEntries(
    Object.entries(quantities).map(([quantity, [truth, noise, resolution]]) => [
      quantity,
      sensed(truth, { noise, resolution, seed: seedOf(seed, `${device.id}/${quantity}`), anchorMs }),
    ]),
  )
}

const scaled = (value: number | undefined, share = 1): number | undefined =>
  value === undefined ? undefined : value * share

// A lithium cell behind a small solar panel: 3.6 V, a little more by day.
const battery = (t: number, present: boolean): number | undefined =>
  present ? 3.62 + 0.06 * Math.max(Math.sin(((hourInChina(t) - 6) / 12) * Math.PI), 0) : undefined

const BUCKET_MM = 0.2

/** Tips of a 0.2 mm bucket between two reports, mm. What the bucket holds is emptied once a day. */
function tippingBucket(weather: Weather, share: number, anchorMs: number): Signal {
  const dayStart = (t: number): number => anchorMs + Math.floor((t - anchorMs) / DAY_MS) * DAY_MS
  const tips = (fromMs: number, t: number): number =>
    Math.floor((share * weather.depthMm(fromMs, t)) / BUCKET_MM)
  return (t, previousT) => {
    let count = 0
    for (let day = dayStart(previousT); day < t; day += DAY_MS)
      count += tips(day, Math.min(t, day + DAY_MS)) - (previousT > day ? tips(day, previousT) : 0)
    return toResolution(count * BUCKET_MM, BUCKET_MM)
  }
}
