import { useSignal } from '@preact/signals'
import type { TargetedSubmitEvent } from 'preact'
import { faultText } from '../api/fault.ts'
import { t } from '../text/language.ts'
import { LanguageSwitch } from './language-switch.tsx'
import { PicketMark } from './picket-mark.tsx'
import { logIn } from './session.ts'

/** Where a person signs in. */
export function LoginPage() {
  const working = useSignal(false)
  const refusal = useSignal<string | undefined>(undefined)

  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    working.value = true
    refusal.value = undefined
    const answer = await logIn(String(form.get('user')), String(form.get('password')))
    working.value = false
    if (answer.ok) return
    if (answer.fault.kind === 'unauthorized') refusal.value = t('login.wrong')
    else if (answer.fault.kind === 'limited') refusal.value = t('login.slow')
    else refusal.value = faultText(answer.fault)
  }

  return (
    <main class="login">
      <form onSubmit={submit} data-testid="login-form" aria-labelledby="login-title">
        <div class="login-brand">
          <PicketMark />
          <div>
            <strong>{t('app.name')}</strong>
            <p>{t('login.lead')}</p>
          </div>
          <LanguageSwitch />
        </div>
        <h1 id="login-title">{t('login.title')}</h1>
        <label>
          {t('login.user')}
          <input name="user" data-testid="login-user" autocomplete="username" required maxLength={128} />
        </label>
        <label>
          {t('login.password')}
          <input
            name="password"
            type="password"
            data-testid="login-password"
            autocomplete="current-password"
            required
            maxLength={1024}
          />
        </label>
        <p class="refusal" role="alert" data-testid="login-error">
          {refusal.value}
        </p>
        <button type="submit" class="primary" data-testid="login-submit" disabled={working.value}>
          {working.value ? t('login.working') : t('login.submit')}
        </button>
      </form>
    </main>
  )
}
