import { afterEach, describe, expect, test } from 'vitest'
import { en } from './en.ts'
import { chooseLanguage, fill, inLanguage, language, t } from './language.ts'
import { measureText, numberText, tickNumber, unitText } from './measure.ts'
import { agoText, durationText, momentText, tickText } from './time.ts'
import { zh } from './zh.ts'

const placesOf = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([place]) => place).sort()

afterEach(() => {
  language.value = 'en'
})

describe('dictionaries', () => {
  test('have the same keys in the same order', () => {
    expect(Object.keys(zh)).toEqual(Object.keys(en))
  })

  test('have no empty text, and the same places to fill in', () => {
    for (const [key, text] of Object.entries(en)) {
      const chinese = zh[key as keyof typeof en]
      expect(text.trim(), key).not.toBe('')
      expect(chinese.trim(), key).not.toBe('')
      expect(placesOf(chinese), key).toEqual(placesOf(text))
    }
  })
})

describe('language', () => {
  test('what was chosen wins, then the first known preference, then English', () => {
    expect(chooseLanguage('zh', ['en-GB'])).toBe('zh')
    expect(chooseLanguage(null, ['de-DE', 'zh-Hant-TW', 'en'])).toBe('zh')
    expect(chooseLanguage('klingon', ['EN-us'])).toBe('en')
    expect(chooseLanguage(null, ['de'])).toBe('en')
    expect(chooseLanguage(null, [])).toBe('en')
  })

  test('a place without a value stays visible, and values are not filled in twice', () => {
    expect(fill('{a} and {b}', { a: '{b}' })).toBe('{b} and {b}')
    expect(fill('{toString}', {})).toBe('{toString}')
  })

  test('texts follow the language, and an empty one falls back', () => {
    expect(t('login.submit')).toBe('Sign in')
    language.value = 'zh'
    expect(t('login.submit')).toBe('登录')
    expect(inLanguage({ en: 'Slope', zh: '' })).toBe('Slope')
    expect(inLanguage({ en: 'Slope', zh: '边坡' })).toBe('边坡')
  })
})

describe('measures', () => {
  test.each([
    [0, '0'],
    [-0, '0'],
    [3.21459, '3.215'],
    [-12.3456, '−12.35'],
    [145.83, '145.8'],
    [0.00012, '0.0001'],
    [0.00001, '1.00e−5'],
    [4279.4, '4279'],
    [18452, '18\u2009452'],
    [1234567, '1\u2009234\u2009567'],
    [Number.NaN, '–'],
  ])('%d reads %s', (value, text) => {
    expect(numberText(value)).toBe(text)
  })

  test('ticks have the decimals that tell them apart', () => {
    expect([1000.2, 1000.4].map(tick => tickNumber(tick, 0.2))).toEqual(['1000.2', '1000.4'])
    expect(tickNumber(0.30000000000000004, 0.1)).toBe('0.3')
    expect(tickNumber(20000, 5000)).toBe('20\u2009000')
  })

  test('UCUM codes are printed as people write them', () => {
    expect(measureText(21.5, 'Cel')).toBe('21.5\u00a0°C')
    expect(measureText(2, 'deg')).toBe('2°')
    expect(measureText(0.8, '1')).toBe('0.8')
    expect(unitText('furlong')).toBe('furlong')
  })
})

describe('times', () => {
  test.each([
    [-5, '0 ms'],
    [250, '250 ms'],
    [59_999, '59 s'],
    [61_000, '1 min 1 s'],
    [7_500_000, '2 h 5 min'],
    [13 * 3_600_000 + 60_000, '13 h'],
    [86_400_000, '1 d'],
    [400 * 86_400_000, '400 d'],
  ])('%d ms last %s', (durationMs, text) => {
    expect(durationText(durationMs)).toBe(text)
  })

  test('ages are told by their largest unit', () => {
    expect(agoText(-3000)).toBe('just now')
    expect(agoText(119_000)).toBe('1 min ago')
    language.value = 'zh'
    expect(agoText(119_000)).toBe('1 分钟前')
  })

  test('the day and the year are named only where they are not those of now', () => {
    const at = (month: number, day: number, hour: number, year = 2026): number =>
      new Date(year, month, day, hour, 5).getTime()
    const now = at(10, 23, 12)
    expect(momentText(at(10, 23, 0), now)).toBe('00:05')
    expect(momentText(at(10, 22, 23), now)).toMatch(/22 Nov.*23:05/)
    expect(momentText(at(10, 22, 23), now)).not.toContain('2026')
    expect(momentText(at(10, 23, 12, 2025), now)).toContain('2025')
  })

  test('ticks say as much as their distance needs', () => {
    const noon = new Date(2026, 4, 6, 12, 30).getTime()
    expect(tickText(noon, 3_600_000)).toBe('12:30')
    expect(tickText(noon, 1000)).toBe('12:30:00')
    expect(tickText(new Date(2026, 4, 6).getTime(), 3_600_000)).toBe('6 May')
    expect(tickText(noon, 86_400_000)).toBe('6 May')
  })
})
