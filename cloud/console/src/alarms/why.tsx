import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type Answer, cloud } from '../api/client.ts'
import type { Alarm, AlarmDetail, Transition } from '../api/shapes.ts'
import { FaultNote } from '../frame/fault-note.tsx'
import { session } from '../frame/session.ts'
import { t } from '../text/language.ts'
import { durationText, exactText } from '../text/time.ts'
import { LevelBadge } from './level-badge.tsx'
import { Messages } from './messages.tsx'
import { Operate } from './operate.tsx'
import { readTrace, readWithheld } from './trace.ts'
import { TraceView } from './trace-view.tsx'
import { WithheldNow } from './withheld.tsx'

// Below this an event and its decision are told as one instant.
const NOTED_DELAY_MS = 5000

/** The transitions of an episode, the newest first, each with what the rule saw. */
export function Why({ alarm }: { alarm: Alarm }) {
  const answer = useSignal<Answer<AlarmDetail> | undefined>(undefined)
  useEffect(() => {
    let shown = true
    void cloud.alarm(alarm.id).then(got => {
      if (shown) answer.value = got
    })
    return () => {
      shown = false
    }
  }, [alarm.id, alarm.state, alarm.level, alarm.onset, alarm.flags.map(({ id }) => id).join()])
  const got = answer.value
  return (
    <section class="why" aria-label={t('why.title')} data-testid="alarm-trace">
      {!got && <p class="hint">{t('app.loading')}</p>}
      {got && !got.ok && <FaultNote fault={got.fault} />}
      {got?.ok && <WithheldNow alarm={got.value.alarm} withheld={readWithheld(got.value.withheld)} />}
      {got?.ok && got.value.decidedBy && <Decider alarm={alarm} gateway={got.value.decidedBy} />}
      {got?.ok && <Messages messages={got.value.notifications} />}
      <h4>{t('why.title')}</h4>
      <ol>
        {got?.ok &&
          [...got.value.transitions]
            .reverse()
            .map((step, index) => <Step key={got.value.transitions.length - index} step={step} />)}
      </ol>
    </section>
  )
}

/** Who says when it is over; a gateway that is gone, or has lost its card, never will. */
function Decider({ alarm, gateway }: { alarm: Alarm; gateway: string }) {
  return (
    <div class="decider" data-testid="decider">
      <p>{t('why.decidedBy', { gateway })}</p>
      {session.value?.role === 'admin' && (
        <>
          <p class="hint">{t('why.endHint')}</p>
          <Operate alarm={alarm} act="reset" word="end" />
        </>
      )}
    </div>
  )
}

function Step({ step }: { step: Transition }) {
  const trace = readTrace(step.trace)
  const delayMs = step.decidedAt - step.at
  return (
    <li class="step">
      <p class="step-head">
        <strong>{t(`why.${step.kind}`)}</strong>
        {step.level && <LevelBadge level={step.level} />}
        <time dateTime={new Date(step.at).toISOString()}>{exactText(step.at)}</time>
        {step.by && <span>{t('why.by', { user: step.by })}</span>}
        {delayMs >= NOTED_DELAY_MS && (
          <span class="note">{t('why.decided', { delay: durationText(delayMs) })}</span>
        )}
      </p>
      {trace ? <TraceView trace={trace} at={step.at} /> : <p class="hint">{t('why.none')}</p>}
    </li>
  )
}
