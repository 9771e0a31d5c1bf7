import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFakeApi } from './fakes/services.ts'

interface Operation {
  operationId: string
  summary: string
  security?: object[]
  parameters?: { name: string; in: string; required?: boolean; schema: object }[]
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}
interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
}

const ROUTES = [
  'get /api/v1/health',
  'post /api/v1/session',
  'get /api/v1/session',
  'delete /api/v1/session',
  'get /api/v1/devices',
  'get /api/v1/devices/{device}',
  'get /api/v1/series/{device}/{quantity}',
  'get /api/v1/series',
  'get /api/v1/sites',
  'get /api/v1/registry',
  'post /api/v1/registry/import',
  'get /api/v1/alarms',
  'get /api/v1/alarm-load',
  'get /api/v1/alarms/{alarm}',
  'post /api/v1/alarms/{alarm}/acknowledge',
  'post /api/v1/alarms/{alarm}/reset',
  'get /api/v1/flags',
  'post /api/v1/flags',
  'post /api/v1/flags/{flag}/end',
  'get /api/v1/gateways/{gateway}/actions',
  'post /api/v1/gateways/{gateway}/outputs/{output}',
  'get /api/v1/gateways',
  'get /api/v1/gateways/{gateway}/custody',
  'post /api/v1/gateways/{gateway}/clocks',
  'get /api/v1/rejections',
  'get /api/v1/rules',
  'get /api/v1/rules/{rule}/scopes/{scope}',
  'get /api/v1/rule-sets',
  'get /api/v1/rule-sets/{number}',
  'post /api/v1/rule-sets',
  'post /api/v1/rule-sets/{number}/plan',
  'post /api/v1/rule-sets/{number}/approve',
  'post /api/v1/rule-sets/{number}/publish',
  'post /api/v1/rule-sets/{number}/rollback',
  'post /api/v1/rule-sets/{number}/shadow',
  'post /api/v1/rule-sets/{number}/unshadow',
  'get /api/v1/shadow',
  'post /api/v1/rule-sets/{number}/withdraw',
  'post /api/v1/backtests',
  'get /api/v1/events',
  'get /api/v1/openapi.json',
  'get /metrics',
]
const OPEN = ['get /api/v1/health', 'post /api/v1/session']

let api: Awaited<ReturnType<typeof startFakeApi>>
let document: Document
let operations: { name: string; method: string; path: string; operation: Operation }[]

beforeAll(async () => {
  api = await startFakeApi()
  document = (await (await api.ask('/api/v1/openapi.json')).json()) as Document
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      name: `${method} ${path}`,
      method,
      path,
      operation,
    })),
  )
})
afterAll(() => api.stop())

/** Every schema of a document, wherever it stands. */
function* schemasIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield value as Record<string, unknown>
  for (const inner of Object.values(value)) yield* schemasIn(inner)
}

describe('the description of the API', () => {
  it('covers exactly the routes that there are', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(operations.map(({ name }) => name).sort()).toEqual([...ROUTES].sort())
  })

  it('names each operation once, with its parameters and answers', () => {
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(ROUTES.length)
    for (const { path, operation } of operations) {
      expect(operation.summary).toBeTruthy()
      const inPath = (operation.parameters ?? []).filter(parameter => parameter.in === 'path')
      expect(inPath.map(parameter => parameter.name)).toEqual(
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      )
      expect(inPath.every(parameter => parameter.required)).toBe(true)
      const codes = Object.keys(operation.responses)
      expect(codes.some(code => code.startsWith('2'))).toBe(true)
      expect(codes).toContain('4XX')
      for (const response of Object.values(operation.responses))
        expect(response.description).toBeTypeOf('string')
    }
  })

  it('holds only schemas of JSON Schema 2020-12, as OpenAPI 3.1 wants', () => {
    const types = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']
    let count = 0
    for (const schema of schemasIn(document.paths)) {
      if (typeof schema.type === 'string' && !('in' in schema)) {
        expect(types).toContain(schema.type)
        count++
      }
      expect(Array.isArray(schema.items)).toBe(false)
      expect(schema).not.toHaveProperty('nullable')
      expect(schema).not.toHaveProperty('$ref')
    }
    expect(count).toBeGreaterThan(100)
  })
})

describe('deny by default', () => {
  it('lets nobody in without credentials, except where it says so', async () => {
    for (const { name, method, path, operation } of operations) {
      const init = { method: method.toUpperCase() }
      const address = path.replaceAll(/\{\w+\}/g, 'x')
      const { status } = await api.ask(address, 'none', init)
      if (OPEN.includes(name)) {
        expect(status, name).not.toBe(401)
        expect(operation.security, name).toEqual([])
      } else {
        expect(status, name).toBe(401)
        expect(operation.security, name).toBeUndefined()
      }
      if (method === 'get' && !OPEN.includes(name) && !path.endsWith('events')) {
        expect((await api.ask(address, 'none', { method: 'HEAD' })).status, name).toBe(401)
      }
    }
  })

  it('sends the fences with every answer, and lets none be stored', async () => {
    for (const { method, path } of operations) {
      const response = await api.ask(path.replaceAll(/\{\w+\}/g, 'x'), 'none', {
        method: method.toUpperCase(),
      })
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
    }
  })
})
