import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Condition } from '../rule.ts'
import { isConditionName } from './condition.ts'
import { compileCondition, parseFeature, simpleThreshold } from './index.ts'

const NAMES = { features: ['speed', 'level'], parameters: ['creep', 'zero'] }

const condition = (text: string): Condition => {
  const result = compileCondition(text, NAMES)
  if (!result.ok) throw new Error(result.fault.message)
  return result.condition
}

const faultOf = (text: string): string => {
  const result = compileCondition(text, NAMES)
  if (result.ok) throw new Error(`${text} was accepted`)
  return `${result.fault.code}: ${result.fault.message} (${result.fault.hint ?? ''})`
}

const VALUES = { speed: 12, level: -3, creep: 5, zero: 0 }

fc.configureGlobal({ seed: 7 })

describe('a condition', () => {
  it('takes whole numbers and decimals alike', () => {
    for (const [text, expected] of [
      ['speed > 3', true],
      ['speed > 2 * creep', true],
      ['speed > 3 * creep', false],
      ['7 / 2 * 2 == 7', true],
      ['speed == 12 && level != 4', true],
      ['-level >= 3', true],
      ['level < -2.5e0 || speed < 1', true],
      ['!(speed > 11.9)', false],
      ['abs(level) > 2', true],
      ['(speed > 10 ? creep : 2 * creep) == 5', true],
      ['speed > 10 ? level > 0 : (level < 0 ? true : false)', false],
      ['speed - 2 - 3 == 7 && speed - (2 - 3) == 13', true],
      ['speed > 0xA', true],
    ] as const) {
      const whole = text.includes('speed') || text.includes('level') ? text : `(${text}) && speed > 0`
      expect([text, condition(whole).test(VALUES)]).toEqual([text, expected])
    }
  })

  it('agrees with JavaScript on arithmetic', () => {
    const leaf = fc.oneof(
      fc.constantFrom('speed', 'level', 'creep'),
      fc.integer({ min: 0, max: 99 }).map(String),
    )
    const { sum } = fc.letrec<{ sum: string }>(tie => ({
      sum: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc
          .tuple(tie('sum'), fc.constantFrom('+', '-', '*'), tie('sum'))
          .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
      ),
    }))
    fc.assert(
      fc.property(sum, sum, fc.constantFrom('<', '<=', '>', '>='), (a, b, operator) => {
        const text = `${a} ${operator} ${b}`
        fc.pre(text.length <= 500 && /speed|level/.test(text))
        const expected = new Function('speed', 'level', 'creep', `return ${text}`)(12, -3, 5)
        expect(condition(text).test(VALUES)).toBe(expected)
      }),
    )
  })

  it('names the features that it reads, not the parameters', () => {
    expect(condition('speed > creep').features).toEqual(['speed'])
    expect(condition('level > 1 || speed > 2').features).toEqual(['speed', 'level'])
  })

  it('is neither true nor false where arithmetic gives no number', () => {
    for (const text of [
      'speed / zero > 1',
      '!(speed / zero <= 1)',
      '!(zero / zero <= speed)',
      '1 / (speed / zero) < 1',
      'speed * 1e308 * 1e308 > 1',
      'abs(speed / zero) > 1',
    ])
      expect([text, condition(text).test(VALUES)]).toEqual([text, undefined])
    // CEL: a side that has no value does not matter where the other decides alone.
    expect(condition('speed / zero > 1 || level < 0').test(VALUES)).toBe(true)
    expect(condition('level < 0 || speed / zero > 1').test(VALUES)).toBe(true)
    expect(condition('speed / zero > 1 && level < 0').test(VALUES)).toBeUndefined()
  })

  it('is neither true nor false while a value is missing or no number', () => {
    for (const speed of [undefined, Number.NaN, Number.POSITIVE_INFINITY])
      expect(condition('!(speed > 3)').test({ ...VALUES, speed } as Record<string, number>)).toBeUndefined()
  })
})

describe('a fault in a condition', () => {
  it('is explained', () => {
    expect(faultOf('sped > 3')).toContain('"sped" is neither a feature nor a parameter')
    expect(faultOf('sped > 3')).toContain('did you mean "speed"?')
    expect(faultOf('speed * 2')).toContain('is a number, not a condition (compare it')
    expect(faultOf('speed && level')).toContain('mixes numbers with true and false')
    expect(faultOf('1 < speed < 3')).toContain('compare two numbers at a time')
    expect(faultOf('speed = 3')).toContain('write == to compare')
    expect(faultOf('speed > 3 and level > 2')).toContain('write && for and')
    expect(faultOf('speed >')).toContain('cannot be read')
    expect(faultOf('2 > 1')).toContain('reads no feature')
    expect(faultOf('creep > 1')).toContain('reads no feature')
  })

  it('is whatever could hang, or is no number', () => {
    for (const text of [
      'matches("aaaa", "(a+)+$")',
      'speed > 1 && "aaaa".matches("(a+)+$")',
      '[1, 2].all(x, x > speed)',
      '[speed].exists(x, x > 1)',
      '{"a": speed}.a > 1',
      'speed.constructor > 1',
      'speed["a"] > 1',
      'speed in [1]',
      'speed > double("3")',
      'size("abc") > speed',
      'speed % 2 > 1',
      'speed > 3u',
      'speed > null',
      'speed == "fast"',
      'b"x" == speed',
      'cel.bind(x, speed, x > 1)',
      'has(speed.x)',
      'abs(speed, 1) > 1',
      'finite(speed) > 1',
      'type(speed) == double',
    ])
      expect([text, faultOf(text).split(':')[0]]).toEqual([text, expect.stringMatching(/^condition-/)])
  })

  it('is too much length, too many parts or too much depth', () => {
    expect(faultOf(`speed > 1 ${'|| speed > 1 '.repeat(50)}`)).toContain('longer than 500')
    expect(faultOf(`speed > ${'('.repeat(200)}1${')'.repeat(200)}`)).toContain('too complicated')
    expect(faultOf(`speed>${'-'.repeat(400)}1`)).toContain('too complicated')
  })

  it('is never thrown, whatever the text', () => {
    const piece = fc.constantFrom(
      'speed',
      '>',
      '3',
      '(',
      ')',
      '&&',
      '||',
      '!',
      '-',
      '"',
      "'",
      '[',
      '{',
      '.',
      '?',
      ':',
      '0x',
    )
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map(pieces => pieces.join(' ')),
    )
    fc.assert(fc.property(texts, text => typeof compileCondition(text, NAMES).ok === 'boolean'))
  })
})

describe('a name in a condition', () => {
  it('is a plain word without a meaning of its own', () => {
    for (const name of ['speed', 'P3', 'a_1', 'rate', 'min'])
      expect([name, isConditionName(name)]).toEqual([name, true])
    for (const name of [
      '',
      '1a',
      'a-b',
      '水位',
      'in',
      'true',
      'null',
      'for',
      'abs',
      'constructor',
      '__proto__',
      '_a',
    ])
      expect([name, isConditionName(name)]).toEqual([name, false])
  })
})

describe('a simple threshold', () => {
  const features = ['level', 'rate(level, 1h)'].map((text, at) => {
    const result = parseFeature(['level', 'speed'][at] as string, text)
    if (!result.ok) throw new Error(text)
    return result.feature
  })
  const of = (text: string) => simpleThreshold(condition(text), features, { creep: 5, zero: 0 })

  it('is a bare quantity against a number or a parameter', () => {
    expect(of('level >= 3.5')).toEqual({ quantity: 'level', value: 3.5, direction: 'above' })
    expect(of('level < -2')).toEqual({ quantity: 'level', value: -2, direction: 'below' })
    expect(of(' level <= creep ')).toEqual({ quantity: 'level', value: 5, direction: 'below' })
  })

  it('is nothing else', () => {
    for (const text of [
      'speed > 3',
      'level > 2 * creep',
      'level > 3 || level < 1',
      'level > speed',
      'abs(level) > 3',
    ])
      expect([text, of(text)]).toEqual([text, undefined])
  })
})
