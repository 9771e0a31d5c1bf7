import { type BadRow, type Entry, isKind, KINDS, type Kind, MOST_ROWS, type Row, type Rows } from './entry.ts'
import type { Registry } from './registry.ts'

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reads a FeatureCollection (RFC 7946): a feature for each site, gateway or device, whose properties are its fields, `kind`
 * beside them. A Point is its location, a Polygon the outline of a site. A property that is null takes its field away.
 */
export function readGeoJson(text: string): Rows {
  let document: unknown
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return { fault: (error as Error).message }
  }
  if (!isObject(document) || document.type !== 'FeatureCollection' || !Array.isArray(document.features))
    return { fault: 'it is no FeatureCollection (RFC 7946)' }
  if (document.features.length > MOST_ROWS)
    return { fault: `more than ${MOST_ROWS} features; cut the file into several` }
  return { rows: document.features.map((feature: unknown, at) => rowOf(feature, at + 1)) }
}

function rowOf(feature: unknown, number: number): Row | BadRow {
  if (!isObject(feature) || feature.type !== 'Feature' || !isObject(feature.properties))
    return { number, id: '', why: 'it is no Feature with properties' }
  const { kind, id: named, ...properties } = feature.properties
  const id = typeof named === 'string' ? named : ''
  if (!isKind(kind))
    return { number, id, why: `kind "${textOf(kind)}" is none of ${Object.keys(KINDS).join(', ')}` }
  const fields = new Map<string, unknown>()
  for (const [name, value] of Object.entries(properties)) fields.set(name, value ?? undefined)
  const why = takeGeometry(feature.geometry ?? null, kind, fields)
  return why === undefined ? { number, kind, id, fields } : { number, id, why }
}

/** @returns what is wrong with it */
function takeGeometry(geometry: unknown, kind: Kind, fields: Map<string, unknown>): string | undefined {
  if (geometry === null) return undefined
  if (!isObject(geometry)) return 'its geometry is no object'
  const { type, coordinates } = geometry
  if (type === 'Point') {
    const location = positionOf(coordinates)
    if (!location) return 'a Point is [longitude, latitude]'
    fields.set('location', location)
    return undefined
  }
  if (type !== 'Polygon' || kind !== 'site') return `a ${kind} cannot be a ${textOf(type)}`
  if (!Array.isArray(coordinates) || !Array.isArray(coordinates[0])) return 'a Polygon is a list of rings'
  if (coordinates.length > 1) return 'an outline with holes cannot be kept'
  const points = coordinates[0].map(positionOf)
  if (points.includes(undefined)) return 'a ring is a list of [longitude, latitude]'
  fields.set(
    'polygon',
    points.map(point => ({ lat: point?.lat, lon: point?.lon })),
  )
  return undefined
}

function positionOf(value: unknown): { lat: number; lon: number; altitudeM?: number } | undefined {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return undefined
  if (!value.every(one => typeof one === 'number')) return undefined
  const [lon, lat, altitudeM] = value as [number, number, number?]
  return altitudeM === undefined ? { lat, lon } : { lat, lon, altitudeM }
}

/** The registry as a FeatureCollection. */
export function writeGeoJson(registry: Registry): string {
  const features = Object.entries(KINDS).flatMap(([kind, list]) =>
    registry[list].map((entry: Entry) => featureOf(entry, kind as Kind)),
  )
  return `${JSON.stringify({ type: 'FeatureCollection', features }, undefined, 1)}\n`
}

function featureOf(entry: Entry, kind: Kind): object {
  const { location, ...others } = entry
  const { polygon, ...rest } = { polygon: undefined, ...others }
  const geometry = polygon
    ? {
        type: 'Polygon',
        coordinates: [(polygon as { lat: number; lon: number }[]).map(({ lat, lon }) => [lon, lat])],
      }
    : location && {
        type: 'Point',
        coordinates: [
          location.lon,
          location.lat,
          ...(location.altitudeM === undefined ? [] : [location.altitudeM]),
        ],
      }
  const properties = { kind, ...rest, ...(polygon && location ? { location } : {}) }
  return { type: 'Feature', geometry: geometry ?? null, properties }
}

// What was sent may be an object, with a `toString` that is none.
const textOf = (value: unknown): string => (typeof value === 'string' ? value : typeof value)
