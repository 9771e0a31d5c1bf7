import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Mark, Quality } from '../../reading.ts'
import { codecContract } from '../codec.contract.ts'
import { MAX_READINGS_PER_MESSAGE } from '../codec.ts'
import { plainJson } from './plain-json.ts'

const T = Date.UTC(2026, 10, 23)
const context = { topic: 'sensors/crack-01/displacement', arrivalMs: T + 5 }
const decode = (payload: string, topic = context.topic) =>
  plainJson.decode(Buffer.from(payload), { ...context, topic })

describe('a plain JSON message', () => {
  it('is a reading, or an array of readings', () => {
    expect(decode(`{"t":${T},"v":1.5}`)).toEqual({
      readings: [{ device: 'crack-01', quantity: 'displacement', t: T, v: 1.5, q: Quality.NOT_EVALUATED }],
      facts: [],
      faults: [],
    })
    expect(decode(`[{"t":${T},"v":1},{"t":${T + 1},"v":-2e3}]`).readings.map(({ v }) => v)).toEqual([
      1, -2000,
    ])
  })

  it('without a time counts from its arrival, and says so', () => {
    expect(decode('{"v":1}').readings).toMatchObject([
      { t: T + 5, q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME },
    ])
  })

  it.each([
    ['half an object', '{"v":', 'syntax'],
    ['NaN', '{"v":NaN}', 'syntax'],
    ['nothing', '', 'syntax'],
    ['an empty list', '[]', 'empty'],
    ['levels upon levels', `{"v":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 'syntax'],
    ['no value', '{}', 'value'],
    ['a text as value', '{"v":"1"}', 'value'],
    ['a value beyond doubles', '{"v":1e999}', 'value'],
    ['null', 'null', 'value'],
    ['a bare number', '7', 'value'],
    ['seconds for milliseconds', '{"t":1795392000,"v":1}', 'time'],
    ['a fraction of a millisecond', '{"t":1795392000000.5,"v":1}', 'time'],
    ['a time in the year 2200', '{"t":7258118400000,"v":1}', 'time'],
  ])('is refused with %s', (_, payload, what) => {
    expect(decode(payload)).toMatchObject({ readings: [], faults: [{ code: `plain-json-${what}` }] })
  })

  it.each(['sensors/crack-01', 'sensors//x', 'sensors/a/b/c', 'sensors/a/ b', 'other/a/b', ''])(
    'is refused on the topic "%s"',
    topic => {
      expect(decode('{"v":1}', topic)).toMatchObject({ readings: [], faults: [{ code: 'plain-json-topic' }] })
    },
  )

  it('gives its good readings although others are bad', () => {
    const { readings, faults } = decode('[{"v":1},{"v":null},{"v":3}]')
    expect(readings.map(({ v }) => v)).toEqual([1, 3])
    expect(faults).toHaveLength(1)
  })

  it('is bounded in readings and in faults', () => {
    const many = (item: string): string =>
      `[${Array(MAX_READINGS_PER_MESSAGE + 1)
        .fill(item)
        .join()}]`
    expect(decode(many('{"v":1}'))).toMatchObject({ readings: [], faults: [{ code: 'plain-json-length' }] })
    expect(decode(`[${Array(MAX_READINGS_PER_MESSAGE).fill('0').join()}]`).faults.length).toBeLessThanOrEqual(
      100,
    )
  })

  it('says where its syntax is wrong', () => {
    expect(decode('{"v":1]').faults).toMatchObject([{ offset: 6, lengthBytes: 1 }])
    expect(decode('{"v":').faults).toMatchObject([{ offset: 5, lengthBytes: 0 }])
  })

  codecContract({
    create: () => plainJson,
    context,
    messages: [Buffer.from(`{"t":${T},"v":1.5}`), Buffer.from('[{"v":1},{"v":-2e3}]')],
    isChecked: false,
    nearMisses: fc.json().map(Buffer.from),
  })
})
