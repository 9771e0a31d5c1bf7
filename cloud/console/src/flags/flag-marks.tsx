import type { Flag } from '../api/shapes.ts'
import { now } from '../live/now.ts'
import { t } from '../text/language.ts'
import { momentText } from '../text/time.ts'
import { isInForce } from './flag-text.ts'

// What is planned for later than this is told on the page of flags alone.
const SOON_MS = 86_400_000

/** Beside an alarm: what sets it aside, or soon will. */
export function FlagMarks({ flags }: { flags: readonly Flag[] }) {
  const shown = flags.filter(({ from, until }) => from < now.value + SOON_MS && now.value < until)
  return (
    <>
      {shown.map(flag => (
        <a
          key={flag.id}
          class={`mark set-aside ${isInForce(flag, now.value) ? 'in-force' : ''}`}
          href="#/flags"
          title={t('flag.by', { user: flag.by, reason: flag.reason })}
          data-testid="flag-mark"
          data-kind={flag.kind}
        >
          {isInForce(flag, now.value)
            ? t('flag.until', { kind: t(`flag.${flag.kind}`), time: momentText(flag.until, now.value) })
            : t('flag.from', { kind: t(`flag.${flag.kind}`), time: momentText(flag.from, now.value) })}
        </a>
      ))}
    </>
  )
}
