import { useEffect, useRef } from 'preact/hooks'
import { AlarmsPage } from '../alarms/alarms-page.tsx'
import { Announcer } from '../alarms/announcer.tsx'
import { DevicePage } from '../devices/device-page.tsx'
import { DevicesPage } from '../devices/devices-page.tsx'
import { FlagsPage } from '../flags/flags-page.tsx'
import { GatewaysPage } from '../gateways/gateways-page.tsx'
import { useResource } from '../live/resource.ts'
import { activeAlarms, devices, sites, startWatch } from '../live/watch.ts'
import { RulesPage } from '../rules/rules-page.tsx'
import { t } from '../text/language.ts'
import { Header } from './header.tsx'
import { LoginPage } from './login-page.tsx'
import { type Route, route } from './route.ts'
import { session } from './session.ts'
import { useWindowTitle } from './window-title.ts'

/** The whole console. */
export function App() {
  if (session.value === undefined) return <p class="loading">{t('app.loading')}</p>
  return session.value === null ? <LoginPage /> : <SignedIn />
}

function SignedIn() {
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)
  useEffect(startWatch, [])
  // Every page names alarms' devices and sites, and shows how many alarms are active.
  useResource(activeAlarms)
  useResource(devices)
  useResource(sites)
  useWindowTitle()
  const shown = route.value
  const place = shown.page === 'device' ? `device ${shown.device}` : shown.page
  useEffect(() => {
    // After a change of page the focus goes to its content, as it would after loading a document.
    if (!first.current && place) main.current?.focus({ preventScroll: true })
    if (!first.current) window.scrollTo(0, 0)
    first.current = false
  }, [place])
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {t('app.skip')}
      </button>
      <Header />
      <Announcer />
      <main tabIndex={-1} ref={main}>
        <Page shown={shown} />
      </main>
    </>
  )
}

function Page({ shown }: { shown: Route }) {
  switch (shown.page) {
    case 'alarms':
      return <AlarmsPage />
    case 'flags':
      return <FlagsPage />
    case 'devices':
      return <DevicesPage />
    case 'device':
      return <DevicePage key={shown.device} id={shown.device} quantity={shown.quantity} />
    case 'gateways':
      return <GatewaysPage />
    case 'rules':
      return <RulesPage />
    case 'none':
      return <h1 class="empty">{t('app.noPage')}</h1>
  }
}
