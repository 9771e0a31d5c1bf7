import {
  Device,
  Gateway,
  type Registry,
  ROW_OUTCOMES,
  Site,
  writeRegistryCsv,
  writeRegistryGeoJson,
} from '@picket/devices'
import { Type } from 'typebox'
import type { TableFormat } from '../../registry/import-request.ts'
import { nameOf, type Principal } from '../access/access.ts'
import { ApiError } from '../errors.ts'
import { strict } from '../schemas.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'

// Where the cloud finds a password is nobody else's business.
const GatewayEntry = Type.Omit(Gateway, ['passwordFile'])
const RegistryView = Type.Object({
  sites: Type.Array(Site),
  gateways: Type.Array(GatewayEntry),
  devices: Type.Array(Device),
})
const RegistryQuery = Type.Object(
  {
    format: Type.Optional(
      Type.Enum(['json', 'csv', 'geojson'], {
        type: 'string',
        description: 'a table for spreadsheets, or a map',
      }),
    ),
  },
  strict,
)
const ImportQuery = Type.Object(
  {
    write: Type.Optional(
      Type.Boolean({ description: 'without it nothing changes; the report says what would' }),
    ),
  },
  strict,
)
const ImportView = Type.Object({
  written: Type.Boolean({ description: 'the file is; the cloud takes it within a second or so' }),
  report: Type.Array(
    Type.Object({
      row: Type.Integer({ description: 'as people count: the line of a table, the place of a feature' }),
      id: Type.String(),
      outcome: Type.Enum([...ROW_OUTCOMES], { type: 'string' }),
      note: Type.Optional(Type.String({ description: 'why it was refused, or the id that it had' })),
    }),
  ),
})

const MEDIA_TYPES: Readonly<Record<TableFormat, string>> = {
  csv: 'text/csv',
  geojson: 'application/geo+json',
}
const WRITERS: Readonly<Record<TableFormat, (registry: Registry) => string>> = {
  csv: writeRegistryCsv,
  geojson: writeRegistryGeoJson,
}
const IMPORT_LIMIT_BYTES = 8 * 1024 * 1024
const RETRY_AFTER_S = 5

/** The registry as a whole, and rows brought into it. */
export function registryRoutes(api: Api, services: Services): void {
  api.get(
    `${BASE}/registry`,
    {
      schema: {
        operationId: 'getRegistry',
        summary: 'Every site, gateway and device with all that the registry says of it, but for credentials',
        tags: ['devices'],
        querystring: RegistryQuery,
        response: { 200: RegistryView, ...refusals },
      },
    },
    async ({ query: { format = 'json' } }, reply) => {
      const registry = withoutSecrets(services.registry())
      if (format === 'json') return registry
      reply.type(`${MEDIA_TYPES[format]}; charset=utf-8`)
      // A text is sent as it is; Fastify's types know the schema only.
      return WRITERS[format](registry as Registry) as unknown as typeof registry
    },
  )
  // Its bodies are tables, where those of the others are JSON.
  void api.register(async scope => importRoute(scope as unknown as Api, services))
}

function importRoute(api: Api, services: Services): void {
  api.removeAllContentTypeParsers()
  const accepted = Object.values(MEDIA_TYPES)
  api.addContentTypeParser(accepted, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  api.addContentTypeParser('*', (_request, _payload, done) => {
    const error = new ApiError('unsupported-media-type', 'the request body is no table of a registry')
    error.hint = `send "Content-Type: ${accepted.join('" or "')}"`
    done(error)
  })
  api.post(
    `${BASE}/registry/import`,
    {
      bodyLimit: IMPORT_LIMIT_BYTES,
      config: { access: 'admin' },
      schema: {
        operationId: 'importRegistry',
        summary:
          'Bring the rows of a table (CSV) or a map (GeoJSON) into the registry file, with a report for each',
        tags: ['devices'],
        consumes: accepted,
        querystring: ImportQuery,
        body: Type.Unsafe<Buffer>({ description: 'as GET /registry gives it out; any of its columns' }),
        response: { 200: ImportView, ...refusals },
      },
    },
    async ({ query: { write = false }, body, headers, principal }) => {
      if (!Buffer.isBuffer(body)) throw new ApiError('bad-request', 'the request has no body')
      const format = headers['content-type']?.startsWith(MEDIA_TYPES.csv) ? 'csv' : 'geojson'
      const by = nameOf(principal as Principal)
      const outcome = await services.importRegistry({ table: body, format, write, by })
      if (outcome.ok) return { written: outcome.written, report: outcome.report }
      const { code, message, details } = outcome
      const error = new ApiError(code, message, code === 'busy' ? RETRY_AFTER_S : undefined)
      error.details = details ?? []
      throw error
    },
  )
}

const withoutSecrets = ({ sites, gateways, devices }: Registry) => ({
  sites,
  devices,
  gateways: gateways.map(({ passwordFile: _, ...gateway }) => gateway),
})
