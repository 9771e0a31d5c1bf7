import type { Alarm, Device, Quantity } from '../api/shapes.ts'
import { devices, sites } from '../live/watch.ts'
import { inLanguage } from '../text/language.ts'

/** A device's name in the present language; its id where it has none. */
export function deviceName(id: string): string {
  const device = devices.value.value?.find(one => one.id === id)
  return device?.name ? inLanguage(device.name) : id
}

/** A site's name in the present language; its id where it is not registered. */
export function siteName(id: string): string {
  const site = sites.value.value?.find(one => one.id === id)
  return site ? inLanguage(site.name) : id
}

/** What an alarm is about: the name of its device, or of its site where it is one of the whole site. */
export const subjectName = ({ device, site }: Pick<Alarm, 'device' | 'site'>): string =>
  device === null ? siteName(site) : deviceName(device)

/** A model's name in the present language; its id where the model is not known. */
export const modelName = (device: Device): string =>
  device.modelName ? inLanguage(device.modelName) : device.model

/** A quantity's name in the present language; derived series bear the name that their rule gave them. */
export const quantityName = (quantity: Pick<Quantity, 'name' | 'quantity'>): string =>
  quantity.name ? inLanguage(quantity.name) : quantity.quantity
