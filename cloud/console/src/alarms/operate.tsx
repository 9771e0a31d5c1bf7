import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { cloud } from '../api/client.ts'
import { faultText } from '../api/fault.ts'
import type { Alarm } from '../api/shapes.ts'
import { subjectName } from '../devices/names.ts'
import { refreshAlarms } from '../live/watch.ts'
import { inLanguage, t } from '../text/language.ts'

// The API takes no longer note.
const LONGEST_NOTE = 500

type Act = 'acknowledge' | 'reset'

/** Acknowledges an alarm, lets go of a latched one, or ends one whose gateway says no more: one press, or with a note. */
export function Operate({ alarm, act, word = act }: { alarm: Alarm; act: Act; word?: Act | 'end' }) {
  const working = useSignal(false)
  const refusal = useSignal<string | undefined>(undefined)
  const withNote = useSignal(false)
  const note = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (withNote.value) note.current?.focus()
  }, [withNote.value])

  const send = async (event: Event): Promise<void> => {
    event.preventDefault()
    working.value = true
    refusal.value = undefined
    const answer = await cloud.operate(alarm.id, act, note.current?.value.trim() ?? '')
    working.value = false
    if (!answer.ok) refusal.value = faultText(answer.fault)
    refreshAlarms()
  }

  const button = (
    <button
      type="submit"
      class="primary"
      data-testid={act}
      disabled={working.value}
      aria-label={`${t(`alarms.${word}`)}: ${inLanguage(alarm.name)}, ${subjectName(alarm)}`}
    >
      {working.value ? t('alarms.sending') : t(`alarms.${word}`)}
    </button>
  )
  return (
    <form class={`acknowledge ${withNote.value ? 'with-note' : ''}`} onSubmit={send}>
      {withNote.value && (
        <input
          ref={note}
          data-testid={`${act}-note`}
          maxLength={LONGEST_NOTE}
          aria-label={t('alarms.note')}
          placeholder={t('alarms.noteHint')}
        />
      )}
      {button}
      <button
        type="button"
        class="quiet"
        data-testid={`${act}-with-note`}
        aria-expanded={withNote.value}
        onClick={() => {
          withNote.value = !withNote.value
        }}
      >
        {withNote.value ? t('alarms.cancel') : t('alarms.withNote')}
      </button>
      {refusal.value && (
        <p class="refusal" role="alert">
          {refusal.value}
        </p>
      )}
    </form>
  )
}
