import type { Device } from '../api/shapes.ts'
import { now } from '../live/now.ts'
import { t } from '../text/language.ts'
import { agoText, durationText } from '../text/time.ts'
import { freshnessAt } from './freshness.ts'

/** How fresh a device's newest reading is: shape, word and age against its interval. */
export function FreshnessMark({ freshness }: { freshness: Device['freshness'] }) {
  const { lastSeen, intervalMs } = freshness
  const state = freshnessAt(lastSeen, intervalMs, now.value)
  const hint = intervalMs === null ? undefined : t('devices.every', { interval: durationText(intervalMs) })
  return (
    <span class={`freshness ${state}`} data-testid="freshness" data-state={state} title={hint}>
      <i aria-hidden="true" />
      {state !== 'fresh' && <b>{t(`devices.${state}`)}</b>}
      {lastSeen !== null && <span>{agoText(now.value - lastSeen)}</span>}
    </span>
  )
}
