import { useEffect } from 'preact/hooks'
import { deviceName } from '../devices/names.ts'
import { activeAlarms } from '../live/watch.ts'
import { t } from '../text/language.ts'
import { type Route, route } from './route.ts'

/** Keeps the window's title: how many alarms nobody has acknowledged, and the page. Without a session it is the name alone. */
export function useWindowTitle(): void {
  const waiting = (activeAlarms.value.value ?? []).filter(({ state }) => state === 'unacknowledged').length
  const title = [placeName(route.value), t('app.name')].filter(Boolean).join(' · ')
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) ${title}` : title
  }, [waiting, title])
  useEffect(
    () => () => {
      document.title = t('app.name')
    },
    [],
  )
}

function placeName(shown: Route): string | undefined {
  if (shown.page === 'none') return undefined
  return shown.page === 'device' ? deviceName(shown.device) : t(`nav.${shown.page}`)
}
