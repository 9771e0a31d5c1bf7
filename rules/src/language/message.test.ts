import { describe, expect, it } from 'vitest'
import { fillMessage, formatNumber } from './index.ts'

describe('a message', () => {
  it('is filled with numbers of a sensible length and the word of the level', () => {
    const values = { device: 'JC-01', speed: 12.345678, level: 'orange', far: 1234567.89 }
    expect(fillMessage('{device}: {speed} mm/d, {level}', values, 'en')).toBe('JC-01: 12.346 mm/d, orange')
    expect(fillMessage('{device}：{far}，{level}', values, 'zh')).toBe('JC-01：1234568，橙色')
  })

  it('says ? for what is not known, and fills in only once', () => {
    expect(fillMessage('{speed} {nobody} {constructor}', { speed: undefined }, 'en')).toBe('? ? ?')
    expect(fillMessage('{device}', { device: '{site}', site: 'S' }, 'en')).toBe('{site}')
  })

  it('keeps the digits that matter', () => {
    for (const [value, text] of [
      [0, '0'],
      [3.5, '3.5'],
      [49.7812, '49.781'],
      [123.456, '123.46'],
      [-0.05, '-0.05'],
      [0.0123456, '0.0123'],
      [0.00001234, '0.0000123'],
      [100000, '100000'],
      [99999.96, '100000'],
      [1e20, '1.00e+20'],
      [Number.NaN, '?'],
    ] as const)
      expect([value, formatNumber(value)]).toEqual([value, text])
  })
})
