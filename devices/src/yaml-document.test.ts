import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { readYaml } from './yaml-document.ts'

const Source = Type.Object(
  {
    kind: Type.Union([Type.Literal('mqtt'), Type.Literal('coap')]),
    version: Type.Optional(Type.Union([Type.Literal(1), Type.Literal('latest')])),
    port: Type.Optional(Type.Union([Type.Number(), Type.Literal('any')])),
    password: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

const faultsOf = (text: string): string[] => {
  const result = readYaml(text, 'a.yaml', Source)
  return result.ok ? [] : result.faults.map(({ line, message }) => `${line}: ${message}`)
}

describe('faults of a file', () => {
  it.each([
    ['kind: mqtt\npasword: x', ['2: the document has no key pasword; check the spelling']],
    ['port: 1', ['1: the document lacks kind']],
    ['kind: udp', ['1: kind must be one of mqtt, coap']],
    ['kind: mqtt\nversion: 2', ['2: version must be one of 1, latest']],
    ['kind: mqtt\nport: some', ['2: port must be number', '2: port must be any']],
    ['kind: mqtt\npassword: 7', ['2: password must be string']],
    ['- kind', ['1: the document must be object']],
    ['kind: coap\nport: any', []],
  ])('%j', (text, faults) => {
    expect(faultsOf(text)).toEqual(faults)
  })
})
