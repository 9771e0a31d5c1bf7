import { useSignal } from '@preact/signals'
import type { Alarm } from '../api/shapes.ts'
import { FaultNote } from '../frame/fault-note.tsx'
import { useResource } from '../live/resource.ts'
import {
  activeAlarms,
  RECENT_LIMIT,
  recentAlarms,
  retrospectiveAlarms,
  waitingAlarms,
} from '../live/watch.ts'
import { t } from '../text/language.ts'
import { byEnd, byLevelThenAge, countByLevel, LEVELS_DOWN } from './alarm-order.ts'
import { AlarmRow } from './alarm-row.tsx'
import { LevelBadge } from './level-badge.tsx'
import { LoadView } from './load-view.tsx'

/** What is wrong now, what is over but was not seen, and what has been. */
export function AlarmsPage() {
  const active = useResource(activeAlarms)
  const recent = useResource(recentAlarms)
  const retrospective = useResource(retrospectiveAlarms)
  const unseen = useResource(waitingAlarms) ?? []
  const seen = (recent ?? []).filter(({ state }) => state === 'normal')
  return (
    <>
      <h1 class="visually-hidden">{t('alarms.title')}</h1>
      <LevelCounts alarms={active ?? []} />
      <FaultNote fault={activeAlarms.fault.value} />
      <section aria-labelledby="active-alarms">
        <h2 id="active-alarms">{t('alarms.active')}</h2>
        {active === undefined && <p class="empty">{t('app.loading')}</p>}
        {active?.length === 0 && (
          <p class="all-quiet" data-testid="all-quiet">
            {t('alarms.none')}
          </p>
        )}
        <AlarmList alarms={byLevelThenAge(active ?? [])} testId="active-alarms" />
      </section>
      {unseen.length > 0 && (
        <section aria-labelledby="unseen-alarms">
          <h2 id="unseen-alarms">{t('alarms.unseen')}</h2>
          <AlarmList alarms={byEnd(unseen)} testId="unseen-alarms" />
        </section>
      )}
      <RecentEpisodes live={seen} retrospective={retrospective ?? []} />
      <LoadView />
    </>
  )
}

function LevelCounts({ alarms }: { alarms: readonly Alarm[] }) {
  const counts = countByLevel(alarms)
  return (
    <ul class="level-counts" aria-label={t('alarms.count')}>
      {LEVELS_DOWN.map(level => (
        <li key={level} class={counts[level] > 0 ? 'some' : 'none'} data-testid={`count-${level}`}>
          <LevelBadge level={level} />
          <b>{counts[level]}</b>
        </li>
      ))}
    </ul>
  )
}

function AlarmList({ alarms, testId }: { alarms: readonly Alarm[]; testId: string }) {
  return (
    <ul class="alarm-list" data-testid={testId}>
      {alarms.map(alarm => (
        <AlarmRow key={alarm.id} alarm={alarm} />
      ))}
    </ul>
  )
}

const FILTERS = ['all', 'live', 'retrospective'] as const

function RecentEpisodes({
  live,
  retrospective,
}: {
  live: readonly Alarm[]
  retrospective: readonly Alarm[]
}) {
  const filter = useSignal<(typeof FILTERS)[number]>('all')
  const chosen = [
    ...(filter.value === 'retrospective' ? [] : live),
    ...(filter.value === 'live' ? [] : retrospective),
  ]
  const shown = byEnd(chosen).slice(0, RECENT_LIMIT)
  return (
    <section aria-labelledby="recent-alarms">
      <div class="section-head">
        <h2 id="recent-alarms">{t('alarms.recent')}</h2>
        <fieldset class="choice" aria-labelledby="recent-alarms">
          {FILTERS.map(one => (
            <button
              key={one}
              type="button"
              data-testid={`recent-${one}`}
              aria-pressed={filter.value === one}
              onClick={() => {
                filter.value = one
              }}
            >
              {t(`alarms.filter.${one}`)}
            </button>
          ))}
        </fieldset>
      </div>
      {shown.length === 0 && <p class="empty">{t('alarms.noRecent')}</p>}
      <AlarmList alarms={shown} testId="recent-alarms" />
      {shown.length === RECENT_LIMIT && <p class="hint">{t('alarms.cap', { count: RECENT_LIMIT })}</p>}
    </section>
  )
}
