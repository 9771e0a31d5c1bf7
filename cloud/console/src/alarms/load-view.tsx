import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type Answer, cloud } from '../api/client.ts'
import type { AlarmLoad } from '../api/shapes.ts'
import { FaultNote } from '../frame/fault-note.tsx'
import { t } from '../text/language.ts'
import { loadFigures } from './load.ts'

const MOST_OPERATORS = 9

/** What the alarms of the last 30 days asked of one operator; asked for when it is opened. */
export function LoadView() {
  const isOpen = useSignal(false)
  return (
    <details
      class="load"
      data-testid="alarm-load"
      onToggle={event => {
        isOpen.value = event.currentTarget.open
      }}
    >
      <summary>{t('load.title')}</summary>
      {isOpen.value && <Figures />}
    </details>
  )
}

function Figures() {
  const operators = useSignal(1)
  const answer = useSignal<Answer<AlarmLoad> | undefined>(undefined)
  useEffect(() => {
    void cloud.alarmLoad(operators.value).then(got => {
      answer.value = got
    })
  }, [operators.value])
  const got = answer.value
  return (
    <>
      <label>
        {t('load.operators')}{' '}
        <input
          type="number"
          min={1}
          max={MOST_OPERATORS}
          value={operators.value}
          onInput={event => {
            const count = event.currentTarget.valueAsNumber
            if (Number.isInteger(count) && count >= 1) operators.value = count
          }}
        />
      </label>
      {got === undefined && <p class="empty">{t('app.loading')}</p>}
      {got && !got.ok && <FaultNote fault={got.fault} />}
      {got?.ok && <Table load={got.value} />}
    </>
  )
}

function Table({ load }: { load: AlarmLoad }) {
  const [most] = load.worst
  return (
    <>
      <div class="table-frame">
        <table>
          <thead>
            <tr>
              <th scope="col">{t('load.figure')}</th>
              <th scope="col" class="number">
                {t('load.is')}
              </th>
              <th scope="col" class="number">
                {t('load.atMost')}
              </th>
            </tr>
          </thead>
          <tbody>
            {loadFigures(load).map(({ name, value, target, isTooMuch }) => (
              <tr key={name} class={isTooMuch ? 'too-much' : ''} data-testid="load-figure">
                <th scope="row">{t(name)}</th>
                <td data-label={t('load.is')} class="number">
                  {value}
                  {isTooMuch && <span class="note"> {t('load.tooMuch')}</span>}
                </td>
                <td data-label={t('load.atMost')} class="number">
                  {target}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {most && (
        <p class="hint">{t('load.most', { rule: most.rule, device: most.device, count: most.count })}</p>
      )}
    </>
  )
}
