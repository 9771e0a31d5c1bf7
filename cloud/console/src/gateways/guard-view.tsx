import type { Gateway } from '../api/shapes.ts'
import { t } from '../text/language.ts'

type Guard = NonNullable<Gateway['guard']>

/** The rules that run on a gateway, why newer ones do not, and how its outputs stand. */
export function GuardView({ guard }: { guard: Guard }) {
  const { revision, reported, differences } = guard
  const isInStep = reported?.revision === revision
  const outputs = Object.entries(reported?.outputs ?? {})
  return (
    <div class="guard" data-testid="gateway-guard">
      <p class={isInStep ? 'note' : 'conflict-note'}>
        {reported === null
          ? t('guard.silent')
          : t(isInStep ? 'guard.inStep' : 'guard.outOfStep', {
              rules: String(reported.rules.length),
              running: String(reported.revision ?? '–'),
              revision: String(revision),
            })}
        {differences > 0 && ` ${t('guard.differences', { count: String(differences) })}`}
      </p>
      {!isInStep && reported?.refused && (
        <ul class="note">
          {reported.refused.faults.map(fault => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      )}
      {outputs.length > 0 && (
        <ul class="outputs">
          {outputs.map(([name, { wanted, confirmed, why }]) => (
            <li key={name} data-testid="output" data-on={wanted}>
              <b>{name}</b> {t(wanted ? 'guard.on' : 'guard.off')}
              {confirmed === null && <span class="note"> {t('guard.unconfirmed')}</span>}
              {why !== '' && <span class="note"> {why}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
