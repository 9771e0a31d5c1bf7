import { METRICS_CONTENT_TYPE } from '@picket/devices/runtime'
import packageFile from '../../../package.json' with { type: 'json' }
import { Health } from '../schemas.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'

/** Health, open to all, and the Prometheus metrics, which tell too much to be open. */
export function healthRoutes(api: Api, { clock, metrics }: Services): void {
  api.get(
    `${BASE}/health`,
    {
      config: { access: 'open' },
      schema: {
        operationId: 'getHealth',
        summary: 'Whether the cloud answers',
        tags: ['system'],
        security: [],
        response: { 200: Health, ...refusals },
      },
    },
    async () => ({ status: 'ok' as const, version: packageFile.version, time: clock.now() }),
  )

  api.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        summary: 'Metrics in the Prometheus text format',
        tags: ['system'],
        response: {
          200: { description: 'metrics', content: { 'text/plain': { schema: { type: 'string' } } } },
          ...refusals,
        },
      },
    },
    async (_request, reply) => {
      reply.type(METRICS_CONTENT_TYPE).serializer(String)
      return reply.send(metrics.text())
    },
  )
}
