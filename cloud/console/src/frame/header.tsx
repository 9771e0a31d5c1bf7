import { byLevelThenAge } from '../alarms/alarm-order.ts'
import { now } from '../live/now.ts'
import { link } from '../live/stream.ts'
import { activeAlarms } from '../live/watch.ts'
import { t } from '../text/language.ts'
import { clockText } from '../text/time.ts'
import { LanguageSwitch } from './language-switch.tsx'
import { PicketMark } from './picket-mark.tsx'
import { PAGES, route } from './route.ts'
import { logOut, session } from './session.ts'

/** Name, pages, state of the link, clock, language and logout: the same on every page. */
export function Header() {
  return (
    <header class="header">
      <a class="brand" href="#/alarms">
        <PicketMark />
        <span>{t('app.name')}</span>
      </a>
      <Navigation />
      <div class="header-tools">
        <LinkState />
        <Clock />
        <LanguageSwitch />
        <button
          type="button"
          class="tool"
          data-testid="logout"
          title={session.value?.name}
          onClick={() => void logOut()}
        >
          {t('app.logout')}
        </button>
      </div>
    </header>
  )
}

function Navigation() {
  const { page } = route.value
  const shown = page === 'device' ? 'devices' : page
  const alarms = byLevelThenAge(activeAlarms.value.value ?? [])
  return (
    <nav class="navigation" aria-label={t('nav.label')}>
      {PAGES.map(one => (
        <a
          key={one}
          href={`#/${one}`}
          data-testid={`nav-${one}`}
          aria-current={one === shown ? 'page' : undefined}
        >
          {t(`nav.${one}`)}
          {one === 'alarms' && alarms[0] && <b class={`count level-${alarms[0].level}`}>{alarms.length}</b>}
        </a>
      ))}
    </nav>
  )
}

function LinkState() {
  const state = link.value
  return (
    <span class={`link-state ${state}`} role="status" data-testid="link-state" title={t(`link.${state}Hint`)}>
      <i aria-hidden="true" />
      {t(`link.${state}`)}
    </span>
  )
}

function Clock() {
  const time = now.value
  return (
    <time class="clock" dateTime={new Date(time).toISOString()}>
      {clockText(time)}
    </time>
  )
}
