import { StartError } from '@picket/devices'
import { chain, type Fault } from '../faults/fault.ts'
import { seedOf } from '../signals/noise.ts'
import { MINUTE_MS, type Signal } from '../signals/signal.ts'
import { Grid } from './grid.ts'
import { offsetMs, spanMs } from './moment.ts'
import type { Progress } from './progress.ts'
import type { DeviceEntry, FaultEntry, Scenario } from './scenario.ts'
import { sensorsOf } from './sensors.ts'
import { Series } from './series.ts'

/**
 * Every series of a scenario, where its progress left it.
 *
 * @throws StartError where a device or a fault cannot be simulated
 */
export function seriesOf(scenario: Scenario, progress: Progress): Series[] {
  const sensors = sensorsOf(scenario, progress.anchorMs)
  return scenario.devices.flatMap(device =>
    Object.entries(sensors.get(device.id) ?? {}).map(([quantity, signal]) =>
      seriesFor({ scenario, device, quantity, signal }, progress),
    ),
  )
}

interface SeriesPlace {
  scenario: Scenario
  device: DeviceEntry
  quantity: string
  signal: Signal
}

function seriesFor({ scenario, device, quantity, signal }: SeriesPlace, progress: Progress): Series {
  const name = `${device.id}/${quantity}`
  const { anchorMs } = progress
  const interval = { ...scenario.interval, ...device.interval }
  const grid = new Grid({
    anchorMs,
    historyMs: spanMs(scenario.history),
    historyIntervalMs: spanMs(interval.history ?? '1m'),
    liveIntervalMs: spanMs(interval.live ?? '1m'),
  })
  const faults = (device.faults ?? [])
    .filter(({ quantities }) => !quantities || quantities.includes(quantity))
    .map(entry => faultOf(entry, anchorMs, device.id))
  const transform = chain(faults, {
    seed: seedOf(scenario.seed, `${name} faults`),
    anchorMs,
    valueAt: t => signal(t, t - MINUTE_MS),
  })
  return new Series(
    { device: device.id, quantity, grid, signal, transform },
    progress.series[name] ?? grid.start(),
  )
}

/** A fault of the file with its times resolved. */
function faultOf(entry: FaultEntry, anchorMs: number, device: string): Fault {
  const needed = <T>(value: T | undefined, key: string): T => {
    if (value === undefined)
      throw new StartError('scenario-fault', `${device}: a fault of kind ${entry.kind} needs "${key}"`)
    return value
  }
  const window = {
    ...(entry.at === undefined ? {} : { fromMs: anchorMs + offsetMs(entry.at) }),
    ...(entry.lasts === undefined ? {} : { lastsMs: spanMs(entry.lasts) }),
    ...(entry.every === undefined ? {} : { everyMs: spanMs(entry.every) }),
  }
  switch (entry.kind) {
    case 'spike':
      return {
        kind: 'spike',
        share: needed(entry.share, 'share'),
        size: needed(entry.size, 'size'),
        ...window,
      }
    case 'out-of-order': {
      const delayMs = spanMs(needed(entry.delay, 'delay'))
      return { kind: 'out-of-order', share: needed(entry.share, 'share'), delayMs, ...window }
    }
    case 'clock-offset':
      return { kind: 'clock-offset', offsetMs: offsetMs(needed(entry.offset, 'offset')), ...window }
    case 'dropout':
    case 'duplicate':
      return { kind: entry.kind, share: needed(entry.share, 'share'), ...window }
    case 'outage':
    case 'stuck':
      needed(entry.at, 'at')
      needed(entry.lasts, 'lasts')
      return { kind: entry.kind, ...window }
  }
}
