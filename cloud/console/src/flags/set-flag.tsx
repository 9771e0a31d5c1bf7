import { useSignal } from '@preact/signals'
import type { ComponentChildren, TargetedSubmitEvent } from 'preact'
import { cloud } from '../api/client.ts'
import { faultText } from '../api/fault.ts'
import { deviceName, siteName } from '../devices/names.ts'
import { devices, refreshFlags, ruleSet, sites } from '../live/watch.ts'
import { inLanguage, t } from '../text/language.ts'
import { LONGEST_REASON } from './flag-text.ts'

// One alarm is shelved beside it, on the page of alarms.
const KINDS = ['maintenance', 'out-of-service', 'suppressed'] as const
type Kind = (typeof KINDS)[number]

/** Sets many alarms aside: planned work, a broken sensor, a plant that stands still. */
export function SetFlag() {
  const kind = useSignal<Kind>('maintenance')
  const site = useSignal('')
  const working = useSignal(false)
  const refusal = useSignal<string | undefined>(undefined)

  const send = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    const form = event.currentTarget
    const wish = wishOf(new FormData(form), kind.value)
    if (Object.keys(wish.scope).length === 0) {
      refusal.value = t('flags.nothing')
      return
    }
    working.value = true
    const answer = await cloud.setFlag(wish)
    working.value = false
    refusal.value = answer.ok ? undefined : faultText(answer.fault)
    refreshFlags()
    if (!answer.ok) return
    form.reset()
    site.value = ''
  }

  const here = (devices.value.value ?? []).filter(one => site.value === '' || one.site === site.value)
  return (
    <section aria-labelledby="set-flag">
      <h2 id="set-flag">{t('flags.set')}</h2>
      <form class="set-flag" data-testid="set-flag" onSubmit={send}>
        <fieldset class="choice">
          <legend class="visually-hidden">{t('flags.kind')}</legend>
          {KINDS.map(one => (
            <button
              key={one}
              type="button"
              data-testid={`kind-${one}`}
              aria-pressed={kind.value === one}
              onClick={() => {
                kind.value = one
              }}
            >
              {t(`flag.${one}`)}
            </button>
          ))}
        </fieldset>
        <p class="hint">{t(`flag.${kind.value}Hint`)}</p>
        <Choice
          name="site"
          every={t('flags.everySite')}
          onChoice={chosen => {
            site.value = chosen
          }}
        >
          {(sites.value.value ?? []).map(({ id }) => (
            <option key={id} value={id}>
              {siteName(id)}
            </option>
          ))}
        </Choice>
        <Choice name="device" every={t('flags.everyDevice')}>
          {here.map(({ id }) => (
            <option key={id} value={id}>
              {deviceName(id)}
            </option>
          ))}
        </Choice>
        <Choice name="rule" every={t('flags.everyRule')}>
          {(ruleSet.value.value?.rules ?? []).map(({ id, name }) => (
            <option key={id} value={id}>
              {inLanguage(name)}
            </option>
          ))}
        </Choice>
        {kind.value === 'maintenance' && (
          <label class="field">
            {t('flags.begins')}
            <input type="datetime-local" name="from" data-testid="flag-from" />
          </label>
        )}
        <label class="field">
          {t('flags.ends')}
          <input type="datetime-local" name="until" required data-testid="flag-until" />
        </label>
        <label class="field wide">
          {t('shelve.reason')}
          <input
            name="reason"
            required
            pattern=".*\S.*"
            maxLength={LONGEST_REASON}
            data-testid="flag-reason"
          />
        </label>
        <button type="submit" class="primary" data-testid="flag-submit" disabled={working.value}>
          {working.value ? t('alarms.sending') : t('flags.submit')}
        </button>
        <p class="refusal" role="alert" data-testid="flag-refusal">
          {refusal.value}
        </p>
      </form>
    </section>
  )
}

interface ChoiceProps {
  name: 'site' | 'device' | 'rule'
  every: string
  onChoice?: (chosen: string) => void
  children: ComponentChildren
}

function Choice({ name, every, onChoice, children }: ChoiceProps) {
  return (
    <label class="field">
      {t(`flags.${name}`)}
      <select
        name={name}
        data-testid={`flag-${name}`}
        onChange={event => onChoice?.(event.currentTarget.value)}
      >
        <option value="">{every}</option>
        {children}
      </select>
    </label>
  )
}

function wishOf(form: FormData, kind: Kind) {
  const text = (name: string): string => String(form.get(name) ?? '').trim()
  const scope = Object.fromEntries(
    ['rule', 'device', 'site'].flatMap(name => (text(name) ? [[name, text(name)]] : [])),
  )
  // The times of the fields are those of this machine's zone, as all times on the page.
  const from = kind === 'maintenance' && text('from') ? { from: Date.parse(text('from')) } : {}
  return { kind, scope, ...from, until: Date.parse(text('until')), reason: text('reason') }
}
