import { type Signal, useSignal } from '@preact/signals'
import type { Alarm } from '../api/shapes.ts'
import { deviceName, siteName } from '../devices/names.ts'
import { FlagMarks } from '../flags/flag-marks.tsx'
import { deviceAddress } from '../frame/route.ts'
import { session } from '../frame/session.ts'
import { now } from '../live/now.ts'
import { inLanguage, t } from '../text/language.ts'
import { durationText, momentText } from '../text/time.ts'
import { LevelBadge } from './level-badge.tsx'
import { Operate } from './operate.tsx'
import { Shelve } from './shelve.tsx'
import { Why } from './why.tsx'

// The clock of the page ticks by the second.
const SHORTEST_AGE_MS = 1000

/** One episode: what, where, since when, seen by whom, and on demand why. */
export function AlarmRow({ alarm }: { alarm: Alarm }) {
  const open = useSignal<Opened | undefined>(undefined)
  const over = alarm.clearedAt !== null
  const waits =
    !alarm.retrospective && (alarm.state === 'unacknowledged' || alarm.state === 'returned-unacknowledged')
  const isAdmin = session.value?.role === 'admin'
  const isShelved = alarm.flags.some(({ kind }) => kind === 'shelved')
  const level = over ? alarm.highestLevel : alarm.level
  return (
    <li
      class={`alarm ${over ? 'over' : 'active'} ${waits ? 'waits' : ''} edge-${level}`}
      data-testid="alarm-row"
      data-alarm={alarm.id}
      data-level={alarm.level}
      data-state={alarm.state}
    >
      <div class="alarm-level">
        <LevelBadge level={level} />
      </div>
      <div class="alarm-text">
        <h3>
          {inLanguage(alarm.name)}
          {!over && alarm.highestLevel !== alarm.level && (
            <small class="note">{t('alarms.highest', { level: t(`level.${alarm.highestLevel}`) })}</small>
          )}
          {alarm.stale && (
            <small class="mark" title={t('alarms.staleHint')} data-testid="stale">
              {t('alarms.stale')}
            </small>
          )}
          {alarm.retrospective && (
            <small class="mark" title={t('alarms.retrospectiveHint')} data-testid="retrospective">
              {t('alarms.retrospective')}
            </small>
          )}
          <FlagMarks flags={alarm.flags} />
        </h3>
        <p class="alarm-message">{inLanguage(alarm.message)}</p>
        <p class="alarm-where">
          {alarm.device !== null && <a href={deviceAddress(alarm.device)}>{deviceName(alarm.device)}</a>}
          {alarm.site && <span>{siteName(alarm.site)}</span>}
          <AlarmTime alarm={alarm} />
        </p>
      </div>
      <div class="alarm-side">
        <span class={`state state-${alarm.state}`} data-testid="alarm-state">
          {t(`state.${alarm.state}`)}
        </span>
        {alarm.acknowledgedBy && alarm.acknowledgedAt !== null && (
          <small class="note">
            {t('alarms.acknowledgedBy', {
              user: alarm.acknowledgedBy,
              time: momentText(alarm.acknowledgedAt, now.value),
            })}
          </small>
        )}
      </div>
      <div class="alarm-actions">
        {isAdmin && waits && <Operate alarm={alarm} act="acknowledge" />}
        {isAdmin && alarm.state === 'latched' && <Operate alarm={alarm} act="reset" />}
        {isAdmin && !over && !isShelved && <Toggle open={open} what="shelve" text={t('shelve.open')} />}
        <Toggle open={open} what="why" text={t('alarms.why')} />
      </div>
      {open.value === 'shelve' && !isShelved && (
        <Shelve
          alarm={alarm}
          done={() => {
            open.value = undefined
          }}
        />
      )}
      {open.value === 'why' && <Why alarm={alarm} />}
    </li>
  )
}

type Opened = 'why' | 'shelve'

function Toggle({ open, what, text }: { open: Signal<Opened | undefined>; what: Opened; text: string }) {
  return (
    <button
      type="button"
      class="quiet"
      data-testid={`alarm-${what}`}
      aria-expanded={open.value === what}
      onClick={() => {
        open.value = open.value === what ? undefined : what
      }}
    >
      {text}
    </button>
  )
}

function AlarmTime({ alarm }: { alarm: Alarm }) {
  const from = momentText(alarm.onset, now.value)
  const age = durationText(Math.max(SHORTEST_AGE_MS, (alarm.clearedAt ?? now.value) - alarm.onset))
  return (
    <span class="alarm-time">
      <time dateTime={new Date(alarm.onset).toISOString()}>
        {alarm.clearedAt === null
          ? t('alarms.since', { time: from })
          : t('alarms.period', { from, to: momentText(alarm.clearedAt, now.value) })}
      </time>
      <b>{t('alarms.for', { age })}</b>
    </span>
  )
}
