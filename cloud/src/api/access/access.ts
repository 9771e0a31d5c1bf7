import type { FastifyRequest } from 'fastify'
import { ApiError } from '../errors.ts'
import type { Services } from '../services.ts'
import { originOf } from './origin.ts'
import { hashSecret } from './secret.ts'
import { FailureThrottle } from './throttle.ts'

type Role = 'admin' | 'viewer'

/** Whoever asks. */
export interface Principal {
  name: string
  role: Role
  via: 'token' | 'session'
  /** Of the token or the session id. */
  hash: string
  /** ms UTC; null for a token, which does not end by itself. */
  expiresAt: number | null
}

/** How a person is written down: a token may bear the name of a user, so it is told apart. */
export const nameOf = ({ name, via }: Pick<Principal, 'name' | 'via'>): string =>
  via === 'token' ? `token ${name}` : name

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route. Without it: any account for GET and HEAD, admins for everything else. */
    access?: 'open' | Role
  }
  interface FastifyRequest {
    /** Set on every route that is not open. */
    principal: Principal | null
  }
}

export const SESSION_COOKIE = 'picket_session'
const TOKEN = /^Bearer +([\x21-\x7e]{1,512})$/i
const SAFE_METHODS = new Set(['GET', 'HEAD'])

/** Who the bearer of the token with this hash is. */
export function tokenPrincipal({ accounts }: Services, hash: string): Principal | undefined {
  const token = accounts.token(hash)
  return token && { ...token, via: 'token', hash, expiresAt: null }
}

/** Whose session has this hash, while it lasts. */
export function sessionPrincipal({ accounts, clock }: Services, hash: string): Principal | undefined {
  const session = accounts.session(hash)
  if (!session || session.expiresAt <= clock.now()) return undefined
  return { name: session.user, role: session.role, via: 'session', hash, expiresAt: session.expiresAt }
}

/**
 * The one gate before every route: it lets nobody through unless the route says so.
 *
 * A correct token is never held up. A wrong one gets 401, and 429 once its address has failed too often;
 * these failures are counted apart from those of logins, so that a program with an old token keeps nobody on
 * the same address from logging in.
 */
export function accessGate(services: Services): (request: FastifyRequest) => Promise<void> {
  const throttle = new FailureThrottle(services.clock)

  function byToken(request: FastifyRequest, header: string): Principal {
    const token = TOKEN.exec(header)?.[1]
    const principal = token === undefined ? undefined : tokenPrincipal(services, hashSecret(token))
    if (principal) return principal
    const waitMs = throttle.waitMs(request.ip)
    if (waitMs > 0) throw tooManyAttempts(waitMs)
    throttle.fail(request.ip)
    throw new ApiError('unauthorized', 'the bearer token is not valid')
  }

  function identify(request: FastifyRequest): Principal {
    const { authorization } = request.headers
    if (authorization !== undefined) return byToken(request, authorization)
    const cookie = request.cookies[SESSION_COOKIE]
    if (!cookie) throw new ApiError('unauthorized', 'this needs a login or a token')
    const principal = sessionPrincipal(services, hashSecret(cookie))
    if (!principal) throw new ApiError('unauthorized', 'the session has ended: log in again')
    return principal
  }

  return async request => {
    const safe = SAFE_METHODS.has(request.method)
    const access = request.routeOptions.config.access ?? (safe ? 'viewer' : 'admin')
    if (request.is404 || access === 'open') return
    const principal = identify(request)
    if (!safe && principal.via === 'session' && originOf(request) !== 'same') {
      throw new ApiError('cross-origin', 'a request with the session cookie must come from the console')
    }
    if (access === 'admin' && principal.role !== 'admin') {
      throw new ApiError('forbidden', `the role ${principal.role} may not do this`)
    }
    request.principal = principal
  }
}

/** The refusal of an address that has to wait. */
export function tooManyAttempts(waitMs: number): ApiError {
  return new ApiError(
    'too-many-attempts',
    'too many failed attempts from this address',
    Math.max(1, Math.ceil(waitMs / 1000)),
  )
}
