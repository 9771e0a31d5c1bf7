import type { Fault } from '@picket/devices'

/** Every error that the API answers with: its status and, where one exists, the way out. */
export const API_ERRORS = {
  'bad-request': { status: 400, hint: undefined },
  'bad-parameter': { status: 400, hint: 'GET /api/v1/openapi.json lists every parameter' },
  unauthorized: {
    status: 401,
    hint: 'send "Authorization: Bearer <token>", or log in with POST /api/v1/session',
  },
  forbidden: { status: 403, hint: 'this needs an account or a token with the admin role' },
  'cross-origin': {
    status: 403,
    hint: 'send the request from the console itself; programs use a bearer token instead of the cookie',
  },
  'not-found': { status: 404, hint: undefined },
  'alarm-not-active': { status: 409, hint: 'GET /api/v1/alarms/{id} tells its state' },
  'alarm-already-acknowledged': { status: 409, hint: 'GET /api/v1/alarms/{id} says by whom' },
  'alarm-not-latched': {
    status: 409,
    hint: 'only an alarm that latches, is over and acknowledged is reset; GET /api/v1/alarms/{id} tells its state',
  },
  'alarm-not-over': {
    status: 409,
    hint: 'it ends with its readings; until then it can be acknowledged or shelved',
  },
  'override-time': { status: 422, hint: 'an output is held for a while, and then follows the rules again' },
  'override-full': { status: 409, hint: 'let go of some' },
  'clock-nothing-waits': {
    status: 409,
    hint: 'GET /api/v1/gateways/{id}/custody lists by its `clocks` what waits',
  },
  'clock-word': {
    status: 422,
    hint: 'what is stored once keeps its time; see `clocks` of GET /api/v1/gateways/{id}/custody',
  },
  'flag-scope': { status: 422, hint: 'GET /api/v1/rules, /devices and /sites list what there is' },
  'flag-reason': { status: 422, hint: undefined },
  'flag-time': { status: 422, hint: 'give `until`, or `durationMs` alone; ms' },
  'flag-too-long': { status: 422, hint: undefined },
  'flag-notice': { status: 422, hint: undefined },
  'flag-full': { status: 409, hint: 'end some that are not needed any more' },
  'flag-over': { status: 409, hint: 'GET /api/v1/flags lists what is in force and planned' },
  'rule-set-state': { status: 409, hint: 'GET /api/v1/rule-sets/{number} tells its state' },
  'rule-set-open': { status: 409, hint: 'POST /api/v1/rule-sets/{number}/withdraw' },
  'approval-needed': { status: 409, hint: 'POST /api/v1/rule-sets/{number}/approve, as another person' },
  'approval-own': { status: 403, hint: undefined },
  'rule-set-faults': { status: 422, hint: 'picket-rules check finds the same without a cloud' },
  'registry-refused': { status: 422, hint: undefined },
  'registry-changed': { status: 409, hint: 'try again' },
  'registry-unwritable': {
    status: 409,
    hint: "let the cloud's user read the file and write it and its folder, or bring the rows in there: picket-devices registry import",
  },
  'too-large': { status: 413, hint: 'a request body has at most 64 kB, a rule set or a registry 8 MB' },
  'unsupported-media-type': { status: 415, hint: 'send "Content-Type: application/json"' },
  'too-many-attempts': { status: 429, hint: 'wait as long as the Retry-After header says' },
  'header-too-large': { status: 431, hint: 'shorten the address and the headers' },
  internal: { status: 500, hint: 'the log of the cloud names the cause' },
  busy: { status: 503, hint: 'try again as the Retry-After header says' },
} as const satisfies Record<string, { status: number; hint: string | undefined }>

export type ApiErrorCode = keyof typeof API_ERRORS

/** A refusal that a handler throws; it becomes an answer with the status of its code. */
export class ApiError extends Error {
  readonly code: ApiErrorCode
  /** Seconds for the Retry-After header. */
  readonly retryAfterS: number | undefined
  /** One line each, such as the faults of a rule set. */
  details: readonly string[] = []
  /** Says more than the catalogue's, where there is more to say. */
  hint: string | undefined

  constructor(code: ApiErrorCode, message: string, retryAfterS?: number) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.retryAfterS = retryAfterS
  }
}

/** The body of every error answer. */
export interface ErrorBody {
  error: Fault & { details?: readonly string[] }
}

export function errorBody({
  code,
  message,
  details = [],
  hint = API_ERRORS[code].hint,
}: {
  code: ApiErrorCode
  message: string
  details?: readonly string[]
  hint?: string | undefined
}): ErrorBody {
  return {
    error: {
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(details.length > 0 ? { details } : {}),
    },
  }
}

/** What Fastify or Node refused before a handler ran, as one of ours; undefined for a bug. */
export function asApiError(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error
  const { statusCode, code, validation, message } = (error ?? {}) as {
    statusCode?: number
    code?: string
    validation?: unknown
    message?: string
  }
  if (validation !== undefined) return new ApiError('bad-parameter', message ?? 'a parameter is wrong')
  if (statusCode === 413) return new ApiError('too-large', 'the request body is too large')
  if (statusCode === 415) return new ApiError('unsupported-media-type', 'the request body is not JSON')
  if (code === 'FST_ERR_BAD_URL') return new ApiError('bad-request', 'the address is not well-formed')
  // What is not allowed to be seen is not there: the file server's 403 tells nothing.
  if (statusCode === 404 || statusCode === 403 || statusCode === 414) {
    return new ApiError('not-found', 'there is nothing at this address')
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new ApiError('bad-request', message ?? 'the request cannot be understood')
  }
  return undefined
}
