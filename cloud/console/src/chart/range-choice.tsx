import type { Signal } from '@preact/signals'
import { now } from '../live/now.ts'
import { t } from '../text/language.ts'
import { momentText } from '../text/time.ts'
import { earlier, later, RANGES, type Range, type Span, type TimeView } from './time-view.ts'

/** Chooses what time all charts of the page show. */
export function RangeChoice({ view, span }: { view: Signal<TimeView>; span: () => Span }) {
  const shown = view.value
  const choose = (next: TimeView): void => {
    view.value = next
  }
  return (
    <div class="range-choice">
      <fieldset class="choice" aria-label={t('chart.range')}>
        {RANGES.map(range => (
          <button
            key={range}
            type="button"
            data-testid={`range-${range}`}
            aria-pressed={shown.kind === 'live' && shown.range === range}
            onClick={() => choose({ kind: 'live', range })}
          >
            {rangeText(range)}
          </button>
        ))}
      </fieldset>
      <fieldset class="choice" aria-label={t('chart.shift')}>
        <button type="button" data-testid="range-earlier" onClick={() => choose(earlier(span()))}>
          ← {t('chart.earlier')}
        </button>
        <button
          type="button"
          data-testid="range-later"
          disabled={shown.kind === 'live'}
          onClick={() => choose(later(span(), now.peek()))}
        >
          {t('chart.later')} →
        </button>
        <button
          type="button"
          data-testid="range-now"
          disabled={shown.kind === 'live'}
          onClick={() => choose({ kind: 'live', range: '1d' })}
        >
          {t('chart.now')}
        </button>
      </fieldset>
      {shown.kind === 'fixed' && (
        <span class="note">
          {t('alarms.period', {
            from: momentText(shown.from, now.value),
            to: momentText(shown.to, now.value),
          })}
        </span>
      )}
    </div>
  )
}

function rangeText(range: Range): string {
  if (range === 'all') return t('chart.all')
  return range.endsWith('h')
    ? t('duration.h', { n: Number.parseInt(range, 10) })
    : t('duration.d', { n: Number.parseInt(range, 10) })
}
