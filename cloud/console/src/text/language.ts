import { signal } from '@preact/signals'
import { en, type TextKey } from './en.ts'
import { zh } from './zh.ts'

/** The languages of the console. */
export type Language = 'en' | 'zh'

/** A text that comes from the cloud in both languages. */
export interface Bilingual {
  en: string
  zh: string
}

const DICTIONARIES: Record<Language, Record<TextKey, string>> = { en, zh }
const STORED_AS = 'picket.language'

/** The present language; texts that were read while rendering follow it. */
export const language = signal<Language>('en')

/** What was chosen before wins, otherwise the browser's first known preference, otherwise English. */
export function chooseLanguage(stored: string | null, preferred: readonly string[]): Language {
  if (stored === 'en' || stored === 'zh') return stored
  for (const tag of preferred) {
    const main = tag.toLowerCase().split('-')[0]
    if (main === 'en' || main === 'zh') return main
  }
  return 'en'
}

/** Fills `{name}` places; a place without a value stays as it is, so that a slip can be seen. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : place,
  )
}

/** The text of a key in the present language. */
export function t(key: TextKey, values: Readonly<Record<string, string | number>> = {}): string {
  return fill(DICTIONARIES[language.value][key], values)
}

/** A text of the cloud in the present language; the other one where it is empty. */
export const inLanguage = (text: Bilingual): string =>
  text[language.value] || text[language.value === 'en' ? 'zh' : 'en']

/** Reads the stored or preferred language. Storage may be forbidden: then the choice lasts one page. */
export function startLanguage(): void {
  setLanguage(chooseLanguage(readStored(), navigator.languages))
}

/** Changes the language and remembers it. */
export function setLanguage(chosen: Language): void {
  language.value = chosen
  document.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en'
  try {
    localStorage.setItem(STORED_AS, chosen)
  } catch {
    // Private windows may refuse storage.
  }
}

function readStored(): string | null {
  try {
    return localStorage.getItem(STORED_AS)
  } catch {
    return null
  }
}
