import { useSignal } from '@preact/signals'
import { cloud } from '../api/client.ts'
import { faultText } from '../api/fault.ts'
import type { Flag } from '../api/shapes.ts'
import { FaultNote } from '../frame/fault-note.tsx'
import { session } from '../frame/session.ts'
import { now } from '../live/now.ts'
import { useResource } from '../live/resource.ts'
import { pastFlags, RECENT_LIMIT, refreshFlags, ruleSet, standingFlags } from '../live/watch.ts'
import { t } from '../text/language.ts'
import { durationText, momentText } from '../text/time.ts'
import { isInForce, scopeTexts } from './flag-text.ts'
import { SetFlag } from './set-flag.tsx'

/** What sets alarms aside: now, from a planned time on, and in the past. */
export function FlagsPage() {
  const standing = useResource(standingFlags)
  const past = useResource(pastFlags) ?? []
  useResource(ruleSet)
  const running = (standing ?? []).filter(({ until }) => now.value < until)
  const inForce = running.filter(flag => isInForce(flag, now.value)).sort((a, b) => a.until - b.until)
  const planned = running.filter(flag => !isInForce(flag, now.value)).sort((a, b) => a.from - b.from)
  return (
    <>
      <div class="section-head page-title">
        <h1>{t('flags.title')}</h1>
      </div>
      <p class="hint">{t('flags.lead')}</p>
      <FaultNote fault={standingFlags.fault.value} />
      <section aria-labelledby="flags-in-force">
        <h2 id="flags-in-force">{t('flags.inForce')}</h2>
        {standing === undefined && <p class="empty">{t('app.loading')}</p>}
        {standing && inForce.length === 0 && (
          <p class="all-quiet" data-testid="no-flags">
            {t('flags.none')}
          </p>
        )}
        <FlagList flags={inForce} testId="flags-in-force" />
      </section>
      {planned.length > 0 && (
        <section aria-labelledby="flags-planned">
          <h2 id="flags-planned">{t('flags.planned')}</h2>
          <FlagList flags={planned} testId="flags-planned" />
        </section>
      )}
      {session.value?.role === 'admin' && <SetFlag />}
      <section aria-labelledby="flags-past">
        <h2 id="flags-past">{t('flags.past')}</h2>
        {past.length === 0 && <p class="empty">{t('flags.noPast')}</p>}
        <FlagList flags={past} testId="flags-past" />
        {past.length === RECENT_LIMIT && <p class="hint">{t('alarms.cap', { count: RECENT_LIMIT })}</p>}
      </section>
    </>
  )
}

function FlagList({ flags, testId }: { flags: readonly Flag[]; testId: string }) {
  return (
    <ul class="flag-list" data-testid={testId}>
      {flags.map(flag => (
        <FlagRow key={flag.id} flag={flag} />
      ))}
    </ul>
  )
}

function FlagRow({ flag }: { flag: Flag }) {
  const refusal = useSignal<string | undefined>(undefined)
  const time = now.value
  const isOver = flag.state === 'past'
  const end = async (): Promise<void> => {
    const answer = await cloud.endFlag(flag.id)
    refusal.value = answer.ok ? undefined : faultText(answer.fault)
    refreshFlags()
  }
  return (
    <li class={`flag ${isOver ? 'over' : ''}`} data-testid="flag-row" data-flag={flag.id}>
      <span class={`flag-kind kind-${flag.kind}`}>{t(`flag.${flag.kind}`)}</span>
      <div class="flag-text">
        <h3>{scopeTexts(flag).join(' · ')}</h3>
        <p>{flag.reason}</p>
        <p class="facts">
          <span>{flag.by}</span>
          <span>
            {t('flags.period', { from: momentText(flag.from, time), to: momentText(flag.until, time) })}
          </span>
          <span>{restText(flag, time)}</span>
          {flag.endReason && <span>{flag.endReason}</span>}
        </p>
      </div>
      {!isOver && session.value?.role === 'admin' && (
        <button type="button" data-testid="flag-end" onClick={() => void end()}>
          {isInForce(flag, time) ? t('flags.end') : t('flags.cancel')}
        </button>
      )}
      {refusal.value && (
        <p class="refusal" role="alert">
          {refusal.value}
        </p>
      )}
    </li>
  )
}

function restText(flag: Flag, time: number): string {
  const { state, from, until, endedAt, endedBy } = flag
  if (endedBy !== null && endedAt !== null)
    return t('flags.endedBy', { user: endedBy, time: momentText(endedAt, time) })
  if (state === 'past') return t('flags.ranOut')
  return isInForce(flag, time)
    ? t('flags.left', { age: durationText(until - time) })
    : t('flags.starts', { age: durationText(from - time) })
}
