import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Log } from '@picket/devices/runtime'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { API_ERRORS, ApiError, type ApiErrorCode, asApiError, errorBody } from './errors.ts'
import { securityHeaders } from './security-headers.ts'

/** Answers with an error of the catalogue. */
function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
  if (error.retryAfterS !== undefined) reply.header('retry-after', error.retryAfterS)
  if (error.code === 'unauthorized') reply.header('www-authenticate', 'Bearer realm="picket"')
  reply.header('cache-control', 'no-store').type('application/json; charset=utf-8')
  // Serialised here: an answer must not depend on the response schema of the route that failed.
  reply.serializer((body: unknown) => JSON.stringify(body))
  return reply.code(API_ERRORS[error.code].status).send(errorBody(error))
}

/** The handler of whatever is thrown: what is expected is answered as such, a bug is logged and hidden. */
export const errorHandler =
  (log: Log) =>
  (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const known = asApiError(error)
    if (known) return sendError(reply, known)
    log.error({ error, method: request.method, route: request.routeOptions.url }, 'request failed')
    return sendError(reply, new ApiError('internal', 'the request failed inside the cloud'))
  }

export function notFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendError(reply, new ApiError('not-found', `nothing answers ${request.method} at this address`))
}

/** The answer to bytes that are no HTTP request, written to the bare socket. */
export function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const code: ApiErrorCode = error.code === 'HPE_HEADER_OVERFLOW' ? 'header-too-large' : 'bad-request'
  const { status } = API_ERRORS[code]
  const message =
    code === 'header-too-large' ? 'the address or the headers are too long' : 'this is no HTTP request'
  const body = JSON.stringify(errorBody({ code, message }))
  const headers = {
    ...securityHeaders(false),
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
}
