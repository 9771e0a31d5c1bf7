import { Environment } from '@marcbachmann/cel-js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileCondition } from './condition.ts'

fc.configureGlobal({ seed: 11 })

const FEATURES = ['speed', 'level']
const PARAMETERS = ['creep', 'zero']

/** The same expression as a user writes it, and as CEL's own interpreter needs it. */
interface Written {
  user: string
  cel: string
}

// CEL knows no check for finite numbers: it is a function that throws, and CEL's `&&` and `||` do the rest.
const interpreter = new Environment()
  .registerFunction('abs(double): double', Math.abs)
  .registerFunction('finite(double): double', (value: number) => {
    if (!Number.isFinite(value)) throw new Error('no finite number')
    return value
  })
for (const name of [...FEATURES, ...PARAMETERS]) interpreter.registerVariable(name, 'double')

const both = (make: (part: (of: Written) => string) => string): Written => ({
  user: make(({ user }) => user),
  cel: make(({ cel }) => cel),
})

const name = fc.constantFrom(...FEATURES, ...PARAMETERS).map(text => ({ user: text, cel: text }))
const literal = fc
  .constantFrom('0', '1', '2.5', '-3', '1e300')
  .map(text => ({ user: text, cel: /[.e]/.test(text) ? text : `${text}.0` }))
const truth = fc.constantFrom('true', 'false').map(text => ({ user: text, cel: text }))

const { condition } = fc.letrec<{ number: Written; condition: Written }>(tie => ({
  number: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'expression' },
    name,
    literal,
    fc
      .tuple(tie('number'), fc.constantFrom('+', '-', '*', '*', '/', '/'), tie('number'))
      .map(([a, operator, b]) => ({
        user: `(${a.user} ${operator} ${b.user})`,
        cel: `finite(${a.cel} ${operator} ${b.cel})`,
      })),
    tie('number').map(a => both(part => `abs(${part(a)})`)),
    tie('number').map(a => both(part => `(-(${part(a)}))`)),
    fc
      .tuple(tie('condition'), tie('number'), tie('number'))
      .map(([test, a, b]) => both(part => `(${part(test)} ? ${part(a)} : ${part(b)})`)),
  ),
  condition: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'expression' },
    {
      weight: 8,
      arbitrary: fc
        .tuple(tie('number'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('number'))
        .map(([a, operator, b]) => both(part => `(${part(a)} ${operator} ${part(b)})`)),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(tie('condition'), fc.constantFrom('&&', '||', '==', '!='), tie('condition'))
        .map(([a, operator, b]) => both(part => `(${part(a)} ${operator} ${part(b)})`)),
    },
    { weight: 1, arbitrary: truth },
    { weight: 1, arbitrary: tie('condition').map(a => both(part => `!${part(a)}`)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('condition'), tie('condition'), tie('condition'))
        .map(([test, a, b]) => both(part => `(${part(test)} ? ${part(a)} : ${part(b)})`)),
    },
  ),
}))

const value = fc.oneof(
  fc.constantFrom(0, -0, 1, 7, 2.5, -3, 1e300, Number.MIN_VALUE),
  fc.double({ noDefaultInfinity: true, noNaN: true }),
)
const values = fc.record({ speed: value, level: value, creep: value, zero: fc.constant(0) })

function interpreted(text: string, context: Record<string, number>): boolean | undefined {
  try {
    return interpreter.evaluate(text, context) as boolean
  } catch {
    return undefined
  }
}

describe('a condition', () => {
  it("says what CEL's own interpreter says, and is unknown where that fails", () => {
    const said = new Map<boolean | undefined, number>()
    fc.assert(
      fc.property(condition, values, ({ user, cel }, context) => {
        const result = compileCondition(user, { features: FEATURES, parameters: PARAMETERS })
        if (!result.ok) {
          expect(result.fault.code).toMatch(/^condition-(constant|length|limit|zero)$/)
          return
        }
        const verdict = interpreted(cel, context)
        said.set(verdict, (said.get(verdict) ?? 0) + 1)
        expect(result.condition.test(context)).toBe(verdict)
      }),
      { numRuns: 3000 },
    )
    for (const verdict of [true, false, undefined]) expect(said.get(verdict)).toBeGreaterThan(100)
  })

  it('refuses numbers that are too large to be one', () => {
    for (const large of ['1e999', '9'.repeat(400), `${'9'.repeat(400)}.0`]) {
      const result = compileCondition(`speed > ${large}`, { features: FEATURES, parameters: PARAMETERS })
      expect(result.ok).toBe(false)
    }
  })
})
