import { signal } from '@preact/signals'

/** The pages, in the order in which they are offered. */
export const PAGES = ['alarms', 'flags', 'devices', 'gateways', 'rules'] as const

/** What the address says is to be shown. */
export type Route =
  | { page: (typeof PAGES)[number] | 'none' }
  | { page: 'device'; device: string; quantity: string | undefined }

/** Reads the part of an address behind `#`. Nothing there means the alarms. */
export function readRoute(hash: string): Route {
  let parts: string[]
  try {
    parts = hash
      .replace(/^#?\/?/, '')
      .split('/')
      .filter(Boolean)
      .map(decodeURIComponent)
  } catch {
    return { page: 'none' }
  }
  const [page = 'alarms', device, quantity] = parts
  if (page === 'devices' && device !== undefined) {
    return parts.length <= 3 ? { page: 'device', device, quantity } : { page: 'none' }
  }
  if (parts.length > 1) return { page: 'none' }
  return { page: PAGES.find(one => one === page) ?? 'none' }
}

/** The address of a device's charts, or of one of them. */
export const deviceAddress = (device: string, quantity?: string): string =>
  `#/devices/${encodeURIComponent(device)}${quantity === undefined ? '' : `/${encodeURIComponent(quantity)}`}`

/** What is shown now. */
export const route = signal<Route>({ page: 'alarms' })

/** Follows the address. */
export function startRoute(): void {
  const follow = (): void => {
    route.value = readRoute(location.hash)
  }
  window.addEventListener('hashchange', follow)
  follow()
}
