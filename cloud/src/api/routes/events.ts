import { type Principal, sessionPrincipal, tokenPrincipal } from '../access/access.ts'
import { ApiError } from '../errors.ts'
import type { Broadcast } from '../events/broadcast.ts'
import { securityHeaders } from '../security-headers.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'

const RETRY_AFTER_S = 10

/** The stream of what happens. */
export function eventRoutes(api: Api, services: Services, broadcast: Broadcast): void {
  api.get(
    `${BASE}/events`,
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'listen',
        summary: 'Server-sent events: reading, alarm, gateway, rules',
        tags: ['system'],
        response: {
          200: { description: 'events', content: { 'text/event-stream': { schema: { type: 'string' } } } },
          ...refusals,
        },
      },
    },
    async (request, reply) => {
      if (broadcast.full) throw new ApiError('busy', 'too many listen already', RETRY_AFTER_S)
      const { via, hash } = request.principal as Principal
      const find = via === 'session' ? sessionPrincipal : tokenPrincipal
      reply.hijack()
      broadcast.attach(reply.raw, {
        headers: { ...securityHeaders(request.protocol === 'https') },
        mayListen: () => find(services, hash) !== undefined,
      })
    },
  )
}
