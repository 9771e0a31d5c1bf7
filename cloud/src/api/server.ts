import type { AddressInfo } from 'node:net'
import cookies from '@fastify/cookie'
import { listenError } from '@picket/devices/runtime'
import { type FastifyBaseLogger, fastify, LogController } from 'fastify'
import { accessGate } from './access/access.ts'
import { serveConsole } from './console.ts'
import { clientErrorHandler, errorHandler, notFound } from './error-replies.ts'
import { Broadcast } from './events/broadcast.ts'
import { gatherOpenApi, openApiRoute } from './openapi.ts'
import { alarmLoadRoute } from './routes/alarm-load.ts'
import { alarmRoutes } from './routes/alarms.ts'
import type { Api } from './routes/api.ts'
import { backtestRoutes } from './routes/backtests.ts'
import { deviceRoutes } from './routes/devices.ts'
import { eventRoutes } from './routes/events.ts'
import { flagRoutes } from './routes/flags.ts'
import { gatewayRoutes } from './routes/gateways.ts'
import { guardRoutes } from './routes/guards.ts'
import { healthRoutes } from './routes/health.ts'
import { registryRoutes } from './routes/registry.ts'
import { ruleSetRoutes } from './routes/rule-sets.ts'
import { ruleRoutes } from './routes/rules.ts'
import { seriesRoutes } from './routes/series.ts'
import { sessionRoutes } from './routes/session.ts'
import { securityHeaders } from './security-headers.ts'
import type { Services } from './services.ts'
import { validatorCompiler } from './validation.ts'

export interface ApiOptions {
  host: string
  /** 0 for any free one. */
  port: number
  /** The console's built files; without it only the API answers. */
  consoleFolder?: string
  /** Key and certificate in PEM; with it the server speaks HTTPS. */
  tls?: { key: string; cert: string }
  /** Addresses of reverse proxies whose X-Forwarded-* headers are believed. */
  trustedProxies?: string[]
}

export interface RunningApi {
  port: number
  /** Ends every connection, event streams too. */
  stop(): Promise<void>
}

const BODY_LIMIT_BYTES = 64 * 1024
const REQUEST_TIMEOUT_MS = 30_000
const MAX_CONNECTIONS = 1000
// An id of 128 characters, each up to nine bytes of percent-encoding.
const MAX_PARAMETER_LENGTH = 1200

/**
 * Starts the HTTP API.
 *
 * @returns the port that it listens on
 * @throws StartError where it cannot listen
 */
export async function startApi(services: Services, options: ApiOptions): Promise<RunningApi> {
  const broadcast = new Broadcast(services)
  const api = createServer(services, options)
  // Before the close of the server, which would wait for the streams.
  api.addHook('preClose', async () => broadcast.stop())

  // The gate reads cookies, so it comes after them and before every route.
  await api.register(cookies)
  api.addHook('onRequest', accessGate(services))
  await gatherOpenApi(api)
  healthRoutes(api, services)
  sessionRoutes(api, services)
  deviceRoutes(api, services)
  registryRoutes(api, services)
  seriesRoutes(api, services)
  alarmRoutes(api, services)
  alarmLoadRoute(api, services)
  flagRoutes(api, services)
  guardRoutes(api, services)
  gatewayRoutes(api, services)
  ruleRoutes(api, services)
  ruleSetRoutes(api, services)
  backtestRoutes(api, services)
  eventRoutes(api, services, broadcast)
  openApiRoute(api)
  await serveConsole(api, options.consoleFolder)

  try {
    await api.listen({ host: options.host, port: options.port })
  } catch (error) {
    await api.close()
    throw listenError(error as NodeJS.ErrnoException, options.port, 'http.port')
  }
  api.server.maxConnections = MAX_CONNECTIONS
  return { port: (api.server.address() as AddressInfo).port, stop: () => api.close() }
}

function createServer(services: Services, { tls, trustedProxies }: ApiOptions): Api {
  const handleError = errorHandler(services.log)
  const api = fastify({
    loggerInstance: services.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    trustProxy: trustedProxies ?? false,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    clientErrorHandler,
    frameworkErrors: (error, request, reply) => {
      reply.headers(securityHeaders(request.protocol === 'https'))
      handleError(error, request, reply)
    },
    // Fastify's types know no `https: undefined`; at run time it means plain HTTP.
    ...({ https: tls ?? null } as object),
  }) as unknown as Api

  api.setValidatorCompiler(validatorCompiler)
  api.setErrorHandler(handleError)
  api.setNotFoundHandler(notFound)
  api.removeContentTypeParser('text/plain')
  api.decorateRequest('principal', null)
  api.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...securityHeaders(request.protocol === 'https'), 'cache-control': 'no-store' })
  })
  return api
}
