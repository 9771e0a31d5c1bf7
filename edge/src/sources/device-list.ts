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

  constructor({ devices, models }: Pick<GatewayConfig, 'devices' | 'models'>, place: ConfigPlace) {
    const library = new Models(models === undefined ? undefined : place.resolve(models))
    for (const [index, entry] of devices.entries()) {
      const found = library.find(entry.model)
      if ('fault' in found)
        this.faults.push({
          code: 'device-model',
          message: `device ${entry.id}: ${found.fault}`,
          file: place.file,
          line: place.lineOf(['devices', index, 'model']),
        })
      else this.#devices.push({ source: entry.source, device: knownDevice(entry, found.model) })
    }
  }

  /** Those that may speak through a source. */
  of(name: string): FieldDevices {
    const own = this.#devices.filter(({ source }) => source === undefined || source === name)
    return new FieldDevices(own.map(({ device }) => device))
  }
}

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
