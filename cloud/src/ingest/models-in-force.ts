import { type DeviceModel, type ModelLibrary, readModel } from '@picket/devices'
import type { PackFile } from '@picket/rules'

/** Device models that are in force: each has been read before, and one with a fault does not come so far. */
export function readModelsInForce(files: readonly PackFile[]): ModelLibrary {
  const models = new Map<string, DeviceModel>()
  for (const { file, text } of files) {
    const read = readModel(text, file)
    if ('model' in read) models.set(read.model.model, read.model)
  }
  return models
}
