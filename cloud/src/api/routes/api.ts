import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import { ErrorBody } from '../schemas.ts'

/** The server, with handlers typed by their schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** Where the routes live; `/metrics` alone is outside, where Prometheus looks for it. */
export const BASE = '/api/v1'

/** What every route may answer beside its result. */
export const refusals = { '4xx': ErrorBody, '5xx': ErrorBody }
