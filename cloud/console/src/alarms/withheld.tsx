import type { Alarm } from '../api/shapes.ts'
import { FLAG_KINDS } from '../flags/flag-text.ts'
import { now } from '../live/now.ts'
import type { TextKey } from '../text/en.ts'
import { t } from '../text/language.ts'
import { momentText } from '../text/time.ts'
import type { Withheld } from './trace.ts'

const TEXTS: Record<string, TextKey> = {
  flapping: 'why.flapping',
  retrospective: 'why.retrospective',
  'never told': 'why.neverTold',
  'nobody named': 'why.nobodyNamed',
}
const SHORT_ID = 8

/** What keeps an alarm from being told, in an operator's words. */
export function withheldText({ by, until, episode, channel }: Withheld): string {
  const time = until === undefined ? '' : momentText(until, now.value)
  const kind = FLAG_KINDS.find(one => one === by)
  if (kind) return t('why.flag', { kind: t(`flag.${kind}`), time })
  if (by === 'inhibited') return t('why.hiddenBy', { id: episode?.slice(0, SHORT_ID) ?? '' })
  if (by === 'no such channel') return t('why.noChannel', { channel: channel ?? '' })
  if (by === 'held') return t('why.held', { time })
  const key = TEXTS[by]
  return key ? t(key) : by
}

/** Why nobody is told of an alarm now, with who set it aside and why; nothing where they are. */
export function WithheldNow({ alarm, withheld }: { alarm: Alarm; withheld: readonly Withheld[] }) {
  if (withheld.length === 0) return null
  return (
    <div class="withheld" data-testid="withheld">
      <b>{t('why.withheldNow')}</b>
      <ul>
        {withheld.map(one => {
          const flag = alarm.flags.find(({ id }) => id === one.flag)
          return (
            <li key={`${one.by} ${one.flag ?? one.episode ?? one.channel ?? ''}`}>
              {withheldText(one)}
              {flag && <span class="note"> {t('flag.by', { user: flag.by, reason: flag.reason })}</span>}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
