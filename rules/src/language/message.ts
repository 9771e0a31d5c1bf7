import { LEVELS, type Level } from '../level.ts'

/** Names that every message may use beside its rule's features and parameters. */
export const BUILT_IN_NAMES = ['device', 'site', 'level'] as const

const LEVEL_WORDS: Record<'en' | 'zh', Record<Level, string>> = {
  en: { blue: 'blue', yellow: 'yellow', orange: 'orange', red: 'red' },
  zh: { blue: '蓝色', yellow: '黄色', orange: '橙色', red: '红色' },
}

/** The names that a message wants filled in. */
export const placeholdersOf = (template: string): string[] =>
  [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name)

/** True when every brace opens or closes a name. */
export const hasStrayBrace = (template: string): boolean =>
  /[{}]/.test(template.replaceAll(/\{[^{}]*\}/g, ''))

/**
 * A message with its values filled in.
 *
 * @param template - for example `{device} moves {speed} mm/d`
 * @param values - numbers and words by name; what is not known is written as `?`
 * @param language - for the word of `{level}`
 */
export function fillMessage(
  template: string,
  values: Readonly<Record<string, string | number | null | undefined>>,
  language: 'en' | 'zh',
): string {
  return template.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (typeof value === 'number') return formatNumber(value)
    if (name === 'level' && LEVELS.includes(value as Level)) return LEVEL_WORDS[language][value as Level]
    return value ?? '?'
  })
}

/**
 * A measured number as people read it: five significant digits and three decimals at most, a whole part
 * never cut short, and small numbers with three significant digits.
 */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '?'
  if (value === 0) return '0'
  const magnitude = Math.floor(Math.log10(Math.abs(value)))
  if (magnitude < -6 || magnitude > 14) return value.toPrecision(3)
  const decimals = magnitude < -1 ? 2 - magnitude : Math.min(3, Math.max(0, 4 - magnitude))
  const text = value.toFixed(decimals)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
