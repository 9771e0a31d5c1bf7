import { checkPart, formatFileFault } from '@picket/devices'
import type { Clock, Log } from '@picket/devices/runtime'
import type { ConfigPlace, GatewayConfig } from '../config.ts'
import type { ActuatorTopics } from '../guard/outputs/actuator-topics.ts'
import type { Intake } from '../intake/intake.ts'
import type { Rejections } from '../intake/rejections.ts'
import { DeviceList } from './device-list.ts'
import { FloodGuard } from './flood-guard.ts'
import { Reception } from './reception.ts'
import { type SourceEntry, type SourceState, Supervisor } from './supervisor.ts'

export interface SourcesOptions {
  config: Pick<GatewayConfig, 'id' | 'sources' | 'floods' | 'models' | 'devices'>
  place: ConfigPlace
  intake: Pick<Intake, 'offer'>
  rejections: Rejections
  actuators: ActuatorTopics
  clock: Clock
  lookAtClock?: () => void
  log: Log
}

/** All sources of a gateway. */
export interface RunningSources {
  states(): SourceState[]
  /** Messages of peers that sent too fast, since the start. */
  limited(): number
  stop(): Promise<void>
}

/** Starts the sources that the gateway's file names, each alone. */
export async function startSources(options: SourcesOptions): Promise<RunningSources> {
  const { config, place, intake, rejections, actuators, clock, lookAtClock, log } = options
  const elapsedMs = () => performance.now()
  const floods = new FloodGuard(config.floods, elapsedMs)
  const reception = new Reception({
    gateway: config.id,
    clock,
    ...(lookAtClock && { lookAtClock }),
    offer: message => intake.offer(message),
  })
  const devices = new DeviceList(config, place)
  for (const fault of devices.faults) {
    log.error({ fault: formatFileFault(fault) }, 'a device is left out')
    rejections.add('devices of the gateway', { code: fault.code, message: formatFileFault(fault) })
  }
  const supervisor = new Supervisor({
    entries: config.sources.map((_, index) => entryOf(config, index, place)),
    contextOf: ({ name }) => ({
      name,
      gateway: config.id,
      reception,
      refuse: (origin, fault, bytes) => rejections.add(origin, fault, bytes),
      devices: devices.of(name),
      actuators,
      floods,
      clock,
      elapsedMs,
      log,
      resolve: place.resolve,
    }),
    clock,
    log,
  })
  await supervisor.start()
  return {
    states: () => supervisor.states,
    limited: () => floods.limited,
    stop: () => supervisor.stop(),
  }
}

function entryOf({ sources }: SourcesOptions['config'], index: number, place: ConfigPlace): SourceEntry {
  const { type, name = type, ...settings } = sources[index] as GatewayConfig['sources'][number]
  const lineOf = (path: readonly (string | number)[]) => place.lineOf(['sources', index, ...path])
  return {
    name,
    type,
    where: `${place.file}:${lineOf([])}`,
    check(schema) {
      const twin = sources.findIndex(other => (other.name ?? other.type) === name)
      if (twin < index) {
        const message = `a second source of the name ${name}; give each a name of its own`
        return { faults: [{ code: 'source-name', message, file: place.file, line: lineOf([]) }] }
      }
      const checked = checkPart(schema, settings, { file: place.file, lineOf })
      return checked.ok ? { settings: checked.value } : { faults: checked.faults }
    },
  }
}
