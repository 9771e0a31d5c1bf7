import swagger from '@fastify/swagger'
import packageFile from '../../package.json' with { type: 'json' }
import { SESSION_COOKIE } from './access/access.ts'
import { type Api, BASE, refusals } from './routes/api.ts'

/** Gathers the schemas of all routes that are registered after it. */
export async function gatherOpenApi(api: Api): Promise<void> {
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Picket',
        version: packageFile.version,
        description: 'Readings, alarms and gateways. Times are integer ms since 1970 UTC.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: ['system', 'session', 'devices', 'alarms', 'gateways', 'rules'].map(name => ({ name })),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
        },
      },
      security: [{ bearer: [] }, { session: [] }],
    },
  })
}

/** Serves what was gathered. */
export function openApiRoute(api: Api): void {
  api.get(
    `${BASE}/openapi.json`,
    {
      schema: {
        operationId: 'getOpenApi',
        summary: 'This description of the API (OpenAPI 3.1)',
        tags: ['system'],
        response: { 200: { type: 'object', additionalProperties: true }, ...refusals },
      },
    },
    async () => ({ ...api.swagger() }),
  )
}
