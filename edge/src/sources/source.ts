import type { Fault } from '@picket/devices'
import type { Clock, Log } from '@picket/devices/runtime'
import type { Static, TSchema } from 'typebox'
import type { ActuatorTopics } from '../guard/outputs/actuator-topics.ts'
import type { FieldDevices } from './field-devices.ts'
import type { FloodGuard } from './flood-guard.ts'
import type { Reception } from './reception.ts'

/** What a source works with. */
export interface SourceContext {
  /** As the gateway's file names it. */
  name: string
  /** Own id of the gateway: nobody in the field may speak for it. */
  gateway: string
  /** Takes custody of messages: decodes them when their turn has come, and answers after the commit. */
  reception: Reception
  /** Counts what was refused before it was a message; the cloud shows it. */
  refuse(origin: string, fault: Fault, bytes?: Uint8Array): void
  devices: FieldDevices
  /** Actuators that connect to the gateway's own broker. */
  actuators: ActuatorTopics
  floods: FloodGuard
  clock: Clock
  /** ms that pass evenly whatever is done to the clock: for timeouts on a wire. */
  elapsedMs(): number
  log: Log
  /** Makes a path absolute; paths count from the folder of the gateway's file. */
  resolve(path: string): string
  /** The source cannot go on: it is stopped, named and started again later. */
  failed(error: Error): void
}

/** A source that runs. */
export interface Source {
  /** Where it listens, if it does. */
  port?: number
  /** Lets go of its sockets; what waits for its commit may still be answered. */
  stop(): Promise<void>
}

/** A way in which readings come from the field. Its module is loaded when the gateway's file names it. */
export interface SourceKind<S extends TSchema = TSchema> {
  /** What stands in the gateway's file, without `type` and `name`. */
  settings: S
  /**
   * @throws StartError in the user's words where the settings cannot be used now; it is tried again later
   */
  start(settings: Static<S>, context: SourceContext): Promise<Source>
}
