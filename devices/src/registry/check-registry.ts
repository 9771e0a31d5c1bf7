import type { DescriptionFault } from '../codecs/described.ts'
import { checkCalibration } from '../conversions/calibration.ts'
import type { FileFault } from '../fault.ts'
import type { ModelLibrary } from '../model.ts'
import { readYaml } from '../yaml-document.ts'
import { idsOf, withPresentIds } from './former-ids.ts'
import { polygonFault } from './polygon.ts'
import { CLOUD_DEVICE, type Device, type Gateway, Registry, type Site } from './registry.ts'

// A file that is wrong throughout is told by its first faults.
const MOST_FAULTS = 1000

/** Reads a registry file; what its entries contradict is a fault at its line. Entries name each other by their present ids. */
export function readRegistry(
  text: string,
  file: string,
  models: ModelLibrary,
): { registry: Registry } | { faults: FileFault[] } {
  const result = readYaml(text, file, Registry)
  if (!result.ok) return { faults: result.faults }
  const { value, lineOf } = result.document
  const faults = checkRegistry(value, models).slice(0, MOST_FAULTS)
  if (faults.length === 0) return { registry: withPresentIds(value) }
  return { faults: faults.map(({ path, fault }) => ({ ...fault, file, line: lineOf(path) })) }
}

/** What a schema cannot say of a registry: who is there twice, what is named and not there, and what cannot be right. */
export function checkRegistry(registry: Registry, models: ModelLibrary): DescriptionFault[] {
  return [
    ...claimFaults(registry),
    ...identifierFaults(registry),
    ...registry.sites.flatMap((site, at) => siteFaults(site).map(below(['sites', at]))),
    ...referenceFaults(registry, models),
    ...registry.devices.flatMap((device, at) => deviceFaults(device, models).map(below(['devices', at]))),
    ...registry.gateways.flatMap((gateway, at) => installedFaults(gateway).map(below(['gateways', at]))),
  ]
}

type Path = (string | number)[]

const below =
  (place: Path) =>
  ({ path, fault }: DescriptionFault): DescriptionFault => ({ path: [...place, ...path], fault })

const faultAt = (path: Path, message: string, hint?: string): DescriptionFault => ({
  path,
  fault: { code: 'registry', message, ...(hint === undefined ? {} : { hint }) },
})

type Listed = readonly [
  list: keyof Registry,
  entries: readonly { id: string; formerly?: readonly string[] | undefined }[],
]

/** Devices, gateways and the cloud itself have series by their ids: nobody may have another's, now or formerly. */
function claimFaults({ sites, gateways, devices }: Registry): DescriptionFault[] {
  const ofSeries: Listed[] = [
    ['gateways', gateways],
    ['devices', devices],
  ]
  return [
    ...claimedTwice(ofSeries, new Map([[CLOUD_DEVICE, 'the cloud itself']])),
    ...claimedTwice([['sites', sites]], new Map()),
  ]
}

function claimedTwice(lists: readonly Listed[], claims: Map<string, string>): DescriptionFault[] {
  const faults: DescriptionFault[] = []
  const claim = (id: string, who: string, path: Path): void => {
    const before = claims.get(id)
    if (before === undefined) claims.set(id, who)
    else faults.push(faultAt(path, `"${id}" is there twice: it is ${before} already`))
  }
  for (const [list, entries] of lists)
    entries.forEach(({ id }, at) => {
      claim(id, `${list.slice(0, -1)} "${id}"`, [list, at, 'id'])
    })
  for (const [list, entries] of lists)
    entries.forEach(({ id, formerly = [] }, at) => {
      formerly.forEach((old, which) => {
        claim(old, `the former id of "${id}"`, [list, at, 'formerly', which])
      })
    })
  return faults
}

function identifierFaults(registry: Registry): DescriptionFault[] {
  const faults: DescriptionFault[] = []
  const owners = new Map<string, string>()
  const deviceIds = new Set(registry.devices.flatMap(({ id, formerly = [] }) => [id, ...formerly]))
  for (const kind of ['sites', 'gateways', 'devices'] as const) {
    registry[kind].forEach(({ id, identifiers }, at) => {
      identifiers?.forEach(({ scheme, value }, which) => {
        const path = [kind, at, 'identifiers', which]
        const name = `${scheme}:${value}`
        const owner = owners.get(name)
        if (owner !== undefined)
          faults.push(faultAt(path, `${name} is there twice: "${owner}" has it already`))
        owners.set(name, id)
        // A message that names it would be taken for the other's.
        if (kind === 'devices' && value !== id && deviceIds.has(value))
          faults.push(faultAt(path, `${name} is the id of another device`))
      })
    })
  }
  return faults
}

function referenceFaults({ sites, gateways, devices }: Registry, models: ModelLibrary): DescriptionFault[] {
  const siteIds = new Set(sites.flatMap(idsOf))
  const gatewayIds = new Set(gateways.flatMap(idsOf))
  const ofGateways = gateways.flatMap(({ id, site }, at) =>
    site === undefined || siteIds.has(site)
      ? []
      : [faultAt(['gateways', at, 'site'], `gateway "${id}" stands at the unknown site "${site}"`)],
  )
  const ofDevices = devices.flatMap(({ id, model, site, gateways: through }, at) => [
    ...(models.has(model)
      ? []
      : [
          faultAt(
            ['devices', at, 'model'],
            `device "${id}" has the unknown model "${model}"`,
            'picket-devices models lists them',
          ),
        ]),
    ...(siteIds.has(site)
      ? []
      : [faultAt(['devices', at, 'site'], `device "${id}" stands at the unknown site "${site}"`)]),
    ...through.flatMap((gateway, which) =>
      gatewayIds.has(gateway)
        ? []
        : [
            faultAt(
              ['devices', at, 'gateways', which],
              `device "${id}" names the unknown gateway "${gateway}"`,
            ),
          ],
    ),
  ])
  return [...ofGateways, ...ofDevices]
}

function siteFaults({ polygon, camera }: Site): DescriptionFault[] {
  const outline = polygon && polygonFault(polygon)
  const address = camera === undefined ? undefined : cameraFault(camera)
  return [
    ...(outline === undefined ? [] : [faultAt(['polygon'], `polygon: ${outline}`)]),
    ...(address === undefined ? [] : [faultAt(['camera'], `camera: ${address}`)]),
  ]
}

function cameraFault(camera: string): string | undefined {
  const url = URL.parse(camera)
  if (url?.protocol !== 'https:') return 'it must be an https address'
  // Whoever may look at the page would read them.
  if (url.username !== '' || url.password !== '') return 'an address must not hold credentials'
  const secret = [...url.searchParams.keys()].find(name => SECRET.test(name))
  return secret === undefined ? undefined : `an address must not hold credentials: ${secret}`
}

const SECRET = /^(?:pass(?:word|wd)?|pwd|token|access_?token|api_?key|secret|auth)$/i

const deviceFaults = (device: Device, models: ModelLibrary): DescriptionFault[] => [
  ...installedFaults(device),
  ...checkCalibration(device.calibration ?? {}, models.get(device.model)?.conversions).map(
    ({ path, fault }): DescriptionFault => ({
      path: ['calibration', ...path],
      fault: { ...fault, message: `device "${device.id}": calibration: ${fault.message}` },
    }),
  ),
]

function installedFaults({ id, installed }: Device | Gateway): DescriptionFault[] {
  const date = installed?.date
  if (date === undefined || isDay(date)) return []
  return [faultAt(['installed', 'date'], `"${id}": ${date} is no day of the calendar`)]
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}
