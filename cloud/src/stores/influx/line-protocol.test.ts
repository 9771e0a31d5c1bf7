import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineWriter, nameToTag, tagToName } from './line-protocol.ts'

const MARKUP = [
  ' ',
  ',',
  '=',
  '"',
  "'",
  '\\',
  '\n',
  '\r',
  '\t',
  '\0',
  '%',
  '%25',
  '\\n',
  '🌊',
  '\ud800',
  '\udfff',
  '#',
]
const name = fc
  .array(fc.oneof(fc.constantFrom(...MARKUP), fc.string({ unit: 'binary' })), { minLength: 1, maxLength: 40 })
  .map(parts => parts.join(''))
  .filter(text => text.length > 0)

// Line protocol as its reference has it: a backslash keeps a comma, a blank and an equals sign from meaning anything.
function read(line: string): { tags: Record<string, string>; fields: string; t: number } {
  const [, series, fields, t] = /^reading((?:,[a-z]+=(?:\\.|[^ ,=\\])+)+) ([^ ]+) (\d+)$/su.exec(
    line,
  ) as RegExpExecArray
  const tags = [...(series as string).matchAll(/,([a-z]+)=((?:\\.|[^ ,=\\])+)/gsu)].map(
    ([, key, value]) => [key, tagToName((value as string).replace(/\\([ ,=])/g, '$1'))] as const,
  )
  return { tags: Object.fromEntries(tags), fields: fields as string, t: Number(t) }
}

describe('line protocol', () => {
  it('has names of any text come back, each series as one line', () => {
    fc.assert(
      fc.property(
        name,
        name,
        name,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (device, quantity, site, v) => {
          const writer = new LineWriter()
          writer.describe(new Map([[device, { site, model: 'm' }]]))
          const line = writer.line({ device, quantity, t: 1_777_593_600_000, v, q: 0x21 })
          expect(line).not.toMatch(/[\n\r]/)
          const { tags, fields, t } = read(line)
          expect(tags).toEqual({ device, model: 'm', quantity, site })
          expect(fields).toBe(`value=${v},quality=1i,marks=32i`)
          expect(t).toBe(1_777_593_600_000)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('leaves names alone that it can say, and gives no two the same tag', () => {
    expect(nameToTag('裂缝计-1 "a", b=c 🌊')).toBe('裂缝计-1 "a", b=c 🌊')
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(nameToTag(a) === nameToTag(b)).toBe(a === b)
      }),
    )
  })
})
