import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { cloud } from '../api/client.ts'
import { faultText } from '../api/fault.ts'
import type { Alarm } from '../api/shapes.ts'
import { LONGEST_REASON } from '../flags/flag-text.ts'
import { refreshFlags } from '../live/watch.ts'
import { t } from '../text/language.ts'
import { durationText } from '../text/time.ts'

const HOUR_MS = 3_600_000
const DURATIONS_MS = [HOUR_MS / 2, HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS, 24 * HOUR_MS]

/** Sets one alarm aside for a while: how long, and why. */
export function Shelve({ alarm, done }: { alarm: Alarm; done: () => void }) {
  const durationMs = useSignal(HOUR_MS)
  const working = useSignal(false)
  const refusal = useSignal<string | undefined>(undefined)
  const reason = useRef<HTMLInputElement>(null)
  useEffect(() => reason.current?.focus(), [])

  const send = async (event: Event): Promise<void> => {
    event.preventDefault()
    working.value = true
    const { rule, device, site } = alarm
    const answer = await cloud.setFlag({
      kind: 'shelved',
      scope: device === null ? { rule, site } : { rule, device },
      durationMs: durationMs.value,
      reason: reason.current?.value.trim() ?? '',
    })
    working.value = false
    refusal.value = answer.ok ? undefined : faultText(answer.fault)
    refreshFlags()
    if (answer.ok) done()
  }

  return (
    <form class="shelve" data-testid="shelve-form" onSubmit={send}>
      <fieldset class="choice">
        <legend>{t('shelve.title')}</legend>
        {DURATIONS_MS.map(one => (
          <button
            key={one}
            type="button"
            data-testid={`shelve-${one / HOUR_MS}h`}
            aria-pressed={durationMs.value === one}
            onClick={() => {
              durationMs.value = one
            }}
          >
            {durationText(one)}
          </button>
        ))}
      </fieldset>
      <label class="field">
        {t('shelve.reason')}
        <input
          ref={reason}
          data-testid="shelve-reason"
          required
          pattern=".*\S.*"
          maxLength={LONGEST_REASON}
          placeholder={t('shelve.reasonHint')}
        />
      </label>
      <button type="submit" class="primary" data-testid="shelve-submit" disabled={working.value}>
        {working.value
          ? t('alarms.sending')
          : t('shelve.submit', { duration: durationText(durationMs.value) })}
      </button>
      <p class="hint">{t('shelve.lead')}</p>
      {refusal.value && (
        <p class="refusal" role="alert">
          {refusal.value}
        </p>
      )}
    </form>
  )
}
