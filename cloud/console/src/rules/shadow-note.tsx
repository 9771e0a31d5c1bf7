import type { Shadow } from '../api/shapes.ts'
import { deviceName } from '../devices/names.ts'
import { now } from '../live/now.ts'
import { t } from '../text/language.ts'
import { durationText, momentText } from '../text/time.ts'

type Difference = Shadow['differences'][number]

const MOST_SHOWN = 20

/** That a rule set is judged in the shadow, and what it does otherwise than the one in force. */
export function ShadowNote({ shadow }: { shadow: Shadow }) {
  const { number, since, counts, differences, beyond, faults } = shadow
  const further = beyond + Math.max(0, differences.length - MOST_SHOWN)
  return (
    <section class="shadow-note" data-testid="shadow" aria-label={t('shadow.title', { number })}>
      <h2>{t('shadow.title', { number })}</h2>
      <p class="note">{t('shadow.since', { time: momentText(since, now.value) })}</p>
      <p data-testid="shadow-counts">{t('shadow.counts', { ...counts })}</p>
      {faults.length > 0 && <p role="alert">{t('shadow.faults', { count: faults.length })}</p>}
      <ul>
        {differences.slice(0, MOST_SHOWN).map(one => (
          <li key={JSON.stringify(one)}>
            <strong>{t(`shadow.${one.kind}`)}</strong> {one.rule} · {deviceName(one.device)} ·{' '}
            {timesText(one)}
          </li>
        ))}
      </ul>
      {further > 0 && <p class="note">{t('shadow.beyond', { count: further })}</p>}
    </section>
  )
}

function timesText({ live, shadow, raisedLaterMs }: Difference): string {
  const had = shadow ?? live
  const raised = had ? momentText(had.raisedAt, now.value) : ''
  const levels = [live?.highest, shadow?.highest].flatMap(level => (level ? [t(`level.${level}`)] : []))
  const level = [...new Set(levels)].join(' → ')
  if (raisedLaterMs === 0) return `${level} · ${raised}`
  const duration = durationText(Math.abs(raisedLaterMs))
  return `${level} · ${raised} · ${t(raisedLaterMs < 0 ? 'shadow.earlier' : 'shadow.later', { duration })}`
}
