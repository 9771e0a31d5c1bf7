import { randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { type Principal, SESSION_COOKIE, tooManyAttempts } from '../access/access.ts'
import { originOf } from '../access/origin.ts'
import { hashOfNobody, PasswordChecks } from '../access/password.ts'
import { hashSecret } from '../access/secret.ts'
import { FailureThrottle } from '../access/throttle.ts'
import { ApiError } from '../errors.ts'
import { LoginBody, WhoAmI } from '../schemas.ts'
import type { Services } from '../services.ts'
import { type Api, BASE, refusals } from './api.ts'

const SESSION_MS = 12 * 3_600_000
const SESSION_ID_BYTES = 32
const CHECKS_AT_ONCE = 2
const CHECKS_WAITING = 32

const whoAmI = ({ name, role, via, expiresAt }: Principal): WhoAmI => ({ name, role, via, expiresAt })

/** Logging in and out, and asking who one is. */
export function sessionRoutes(api: Api, services: Services): void {
  const { accounts } = services
  const signIn = passwordGate(services)
  const cookie = (request: FastifyRequest) =>
    ({ path: '/', httpOnly: true, sameSite: 'strict', secure: request.protocol === 'https' }) as const

  api.post(
    `${BASE}/session`,
    {
      config: { access: 'open' },
      schema: {
        operationId: 'login',
        summary: 'Log in: sets the session cookie, which lasts 12 hours',
        tags: ['session'],
        security: [],
        body: LoginBody,
        response: { 200: WhoAmI, ...refusals },
      },
    },
    async (request, reply) => {
      if (originOf(request) === 'other') {
        throw new ApiError('cross-origin', 'a login must come from the console')
      }
      const user = await signIn(request.ip, request.body)
      const now = services.clock.now()
      const id = randomBytes(SESSION_ID_BYTES).toString('base64url')
      const expiresAt = now + SESSION_MS
      accounts.deleteExpiredSessions(now)
      accounts.putSession({ hash: hashSecret(id), user: user.name, role: user.role, expiresAt })
      reply.setCookie(SESSION_COOKIE, id, { ...cookie(request), maxAge: SESSION_MS / 1000 })
      return { name: user.name, role: user.role, via: 'session' as const, expiresAt }
    },
  )

  api.get(
    `${BASE}/session`,
    {
      schema: {
        operationId: 'whoAmI',
        summary: 'Whose credentials these are',
        tags: ['session'],
        response: { 200: WhoAmI, ...refusals },
      },
    },
    async request => whoAmI(request.principal as Principal),
  )

  api.delete(
    `${BASE}/session`,
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'logout',
        summary: 'Log out: ends the session',
        tags: ['session'],
        response: { 204: { type: 'null', description: 'logged out' }, ...refusals },
      },
    },
    async (request, reply) => {
      const principal = request.principal as Principal
      if (principal.via === 'session') accounts.deleteSession(principal.hash)
      reply.clearCookie(SESSION_COOKIE, cookie(request))
      return reply.code(204).send(null)
    },
  )
}

/**
 * Checks names and passwords, slowing down addresses that fail. An unknown name takes as long as a wrong
 * password: its password is checked against a hash that nobody knows a password for.
 */
function passwordGate({ accounts, clock }: Services) {
  const throttle = new FailureThrottle(clock)
  const checks = new PasswordChecks(CHECKS_AT_ONCE, CHECKS_WAITING)
  const nobody = hashOfNobody()

  return async (address: string, login: LoginBody) => {
    const waitMs = throttle.waitMs(address)
    if (waitMs > 0) throw tooManyAttempts(waitMs)
    const user = accounts.user(login.user)
    throttle.fail(address)
    const fits = await checks.verify(login.password, user?.passwordHash ?? nobody)
    if (fits === 'busy') {
      throttle.takeBack(address)
      throw new ApiError('busy', 'too many logins at once', 1)
    }
    if (!user || !fits) throw new ApiError('unauthorized', 'the name or the password is wrong')
    throttle.takeBack(address)
    return user
  }
}
