import { readFileSync } from 'node:fs'
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { Acknowledgement, Hello, Refusal, topics, Welcome } from './messages.ts'
import { NoteBody } from './record.ts'

const schemas = { Hello, Welcome, Refusal, Acknowledgement, NoteBody }
interface Vector {
  name: string
  schema: keyof typeof schemas
  message: unknown
}
const vectors: { valid: Vector[]; faulty: Vector[] } = JSON.parse(
  readFileSync(new URL('./vectors/messages.json', import.meta.url), 'utf8'),
)

describe('a message', () => {
  it.each(vectors.valid)('is accepted: $name', ({ schema, message }) => {
    expect(Value.Check(schemas[schema], message)).toBe(true)
  })

  it.each(vectors.faulty)('is refused: $name', ({ schema, message }) => {
    expect(Value.Check(schemas[schema], message)).toBe(false)
  })

  it('travels below the topic of its gateway', () => {
    const { down, ...others } = topics('gateway-01')
    for (const topic of Object.values(others)) expect(topic.startsWith('picket/1/gateway-01/')).toBe(true)
    expect(others.welcome.startsWith(down.slice(0, -1))).toBe(true)
    expect(others.acknowledgement.startsWith(down.slice(0, -1))).toBe(true)
  })
})
