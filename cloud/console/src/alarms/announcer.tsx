import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Alarm, Level } from '../api/shapes.ts'
import { subjectName } from '../devices/names.ts'
import { activeAlarms } from '../live/watch.ts'
import { inLanguage, t } from '../text/language.ts'
import { byLevelThenAge, newsAmong } from './alarm-order.ts'

// More at once would be read out for minutes.
const MOST_CALLED_OUT = 3

/**
 * Calls out new and escalated alarms to screen readers. What is active when the page opens is read there; it is
 * no news.
 */
export function Announcer() {
  const known = useRef<Map<string, Level> | undefined>(undefined)
  const called = useSignal('')
  const alarms = activeAlarms.value.value
  useEffect(() => {
    if (!alarms) return
    if (known.current) {
      const news = byLevelThenAge(newsAmong(alarms, known.current)).slice(0, MOST_CALLED_OUT)
      if (news.length > 0) called.value = news.map(alarmText).join('. ')
    }
    known.current = new Map(alarms.map(({ id, level }) => [id, level]))
  }, [alarms])
  return (
    <p class="visually-hidden" aria-live="assertive" data-testid="announcer">
      {called.value}
    </p>
  )
}

const alarmText = (alarm: Pick<Alarm, 'level' | 'name' | 'device' | 'site'>): string =>
  t('alarms.new', {
    level: t(`level.${alarm.level}`),
    name: inLanguage(alarm.name),
    device: subjectName(alarm),
  })
