import type { Flag } from '../api/shapes.ts'
import { deviceName, siteName } from '../devices/names.ts'
import { ruleSet } from '../live/watch.ts'
import { inLanguage, t } from '../text/language.ts'

export const FLAG_KINDS = ['shelved', 'suppressed', 'out-of-service', 'maintenance'] as const

/** The API takes no longer reason. */
export const LONGEST_REASON = 500

/** A rule's name in the present language; its id where it is not in force. */
function ruleName(id: string): string {
  const rule = ruleSet.value.value?.rules.find(one => one.id === id)
  return rule ? inLanguage(rule.name) : id
}

/** What a flag covers, the narrowest first. */
export const scopeTexts = ({ scope: { rule, device, site } }: Flag): string[] => [
  rule === undefined ? t('flags.everyRule') : ruleName(rule),
  ...(device === undefined ? [] : [deviceName(device)]),
  ...(site === undefined ? [] : [siteName(site)]),
]

/** Whether it is in force now, by the cloud's clock: it may have begun or ended since the cloud told its state. */
export const isInForce = ({ state, from, until }: Flag, now: number): boolean =>
  now < until && (state === 'in-force' || (state === 'planned' && from <= now))
