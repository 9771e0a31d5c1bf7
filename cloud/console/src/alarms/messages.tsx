import type { AlarmDetail } from '../api/shapes.ts'
import { now } from '../live/now.ts'
import { t } from '../text/language.ts'
import { momentText } from '../text/time.ts'

type Message = AlarmDetail['notifications'][number]

/** Who was sent what about an alarm, and whether it arrived; the newest first. */
export function Messages({ messages }: { messages: readonly Message[] }) {
  if (messages.length === 0) return null
  return (
    <div class="messages" data-testid="messages">
      <h4>{t('why.messages')}</h4>
      <ul>
        {[...messages].reverse().map(one => (
          <li
            key={`${one.channel} ${one.kind} ${one.at}`}
            class={one.error && !one.deliveredAt ? 'failing' : ''}
          >
            <b>{one.channel}</b>
            <span>{t(`why.${one.kind}`)}</span>
            <span>{fateText(one)}</span>
            {one.together > 1 && <span class="note">{t('why.together', { count: one.together - 1 })}</span>}
          </li>
        ))}
      </ul>
    </div>
  )
}

function fateText({ deliveredAt, attempts, error }: Message): string {
  if (deliveredAt !== null) return t('why.delivered', { time: momentText(deliveredAt, now.value) })
  return error === null ? t('why.waiting') : t('why.undelivered', { count: attempts, error })
}
