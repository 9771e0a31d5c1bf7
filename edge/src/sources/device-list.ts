import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DeviceModel, type FileFault, readModel } from '@picket/devices'
import type { ConfigPlace, GatewayConfig } from '../config.ts'
import { FieldDevices, type KnownDevice, knownDevice } from './field-devices.ts'

/** The devices of the gateway's file. One that is wrong is left out, named, and leaves the others alone. */
export class DeviceList {
  readonly faults: FileFault[] = []
  readonly #devices: { source: string | undefined; device: KnownDevice }[] = []

  constructor(
    { devices, models, sources }: Pick<GatewayConfig, 'devices' | 'models' | 'sources'>,
    place: ConfigPlace,
  ) {
    const library = new Models(models === undefined ? undefined : place.resolve(models))
    const names = sources.map(({ type, name = type }) => name)
    for (const [index, entry] of devices.entries()) {
      const refuse = (key: 'model' | 'source' | 'address', message: string): void => {
        const line = place.lineOf(['devices', index, key])
        this.faults.push({
          code: `device-${key}`,
          message: `device ${entry.id}: ${message}`,
          file: place.file,
          line,
        })
      }
      const { id, source, address = id } = entry
      const found = library.find(entry.model)
      const twin = this.#devices.find(one => one.device.address === address && mayMeet(one.source, source))
      if ('fault' in found) refuse('model', found.fault)
      else if (source !== undefined && !names.includes(source))
        refuse('source', `there is no source ${source}; there are ${names.join(', ')}`)
      else if (twin) refuse('address', `${twin.device.id} has the address ${address} too`)
      else this.#devices.push({ source, device: knownDevice(entry, found.model) })
    }
  }

  /** Those that may speak through a source. */
  of(name: string): FieldDevices {
    const own = this.#devices.filter(({ source }) => source === undefined || source === name)
    return new FieldDevices(own.map(({ device }) => device))
  }
}

/** Whether two devices may speak through one source; any where none is named. */
const mayMeet = (one: string | undefined, other: string | undefined): boolean =>
  one === undefined || other === undefined || one === other

/** Device models, each read when a device needs it: forty of them take memory that a small machine lacks. */
class Models {
  readonly #folders: string[]
  readonly #known = new Map<string, { model: DeviceModel } | { fault: string }>()

  constructor(own: string | undefined) {
    const shipped = dirname(fileURLToPath(import.meta.resolve('@picket/devices/models/gateway.yaml')))
    this.#folders = own === undefined ? [shipped] : [own, shipped]
  }

  find(id: string): { model: DeviceModel } | { fault: string } {
    const known = this.#known.get(id) ?? this.#read(id)
    this.#known.set(id, known)
    return known
  }

  #read(id: string): { model: DeviceModel } | { fault: string } {
    const file = this.#folders.map(folder => join(folder, `${basename(id)}.yaml`)).find(existsSync)
    if (file === undefined) return { fault: `no file ${id}.yaml in ${this.#folders.join(' or ')}` }
    const result = readModel(readFileSync(file, 'utf8'), file)
    if ('model' in result) return result
    const [first] = result.faults as [FileFault]
    return { fault: `${first.file}:${first.line}: ${first.message}` }
  }
}
