import type { FastifyRequest } from 'fastify'

/**
 * Where a request comes from, as the browser says: `same` or `other` origin, or `unsaid` by clients that are
 * no browsers. Sec-Fetch-Site (W3C Fetch Metadata) comes first: it holds behind any proxy.
 */
export function originOf(request: FastifyRequest): 'same' | 'other' | 'unsaid' {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' ? 'same' : 'other'
  const { origin } = request.headers
  if (origin === undefined) return 'unsaid'
  return URL.canParse(origin) && new URL(origin).host === request.host ? 'same' : 'other'
}
