import { useSignal } from '@preact/signals'
import type { Device } from '../api/shapes.ts'
import { FaultNote } from '../frame/fault-note.tsx'
import { now } from '../live/now.ts'
import { devices } from '../live/watch.ts'
import { t } from '../text/language.ts'
import { DeviceCard } from './device-card.tsx'
import { freshnessAt, STALENESS } from './freshness.ts'
import { modelName, siteName } from './names.ts'

// More would make the page slow; the filter finds the others.
const MOST_CARDS = 300

/** Every device by site, with its last values. */
export function DevicesPage() {
  const search = useSignal('')
  const all = devices.value.value
  const found = (all ?? []).filter(device => fits(device, search.value))
  return (
    <>
      <div class="section-head page-title">
        <h1>{t('devices.title')}</h1>
        <input
          type="search"
          class="search"
          data-testid="device-search"
          aria-label={t('devices.search')}
          placeholder={t('devices.search')}
          onInput={event => {
            search.value = event.currentTarget.value
          }}
        />
      </div>
      <FaultNote fault={devices.fault.value} />
      {all === undefined && <p class="empty">{t('app.loading')}</p>}
      {all?.length === 0 && <p class="empty">{t('devices.none')}</p>}
      {all !== undefined && all.length > 0 && found.length === 0 && (
        <p class="empty">{t('devices.noMatch')}</p>
      )}
      {bySite(found.slice(0, MOST_CARDS)).map(([site, ofSite]) => (
        <section key={site} aria-labelledby={`site-${site}`} data-testid="site" data-site={site}>
          <div class="section-head">
            <h2 id={`site-${site}`}>{site ? siteName(site) : t('devices.noSite')}</h2>
            <SiteSummary devices={ofSite} />
          </div>
          <ul class="device-list">
            {ofSite.map(device => (
              <DeviceCard key={device.id} device={device} />
            ))}
          </ul>
        </section>
      ))}
      {found.length > MOST_CARDS && <p class="hint">{t('alarms.cap', { count: MOST_CARDS })}</p>}
    </>
  )
}

function SiteSummary({ devices: ofSite }: { devices: readonly Device[] }) {
  const stale = ofSite.filter(({ freshness }) => {
    const state = freshnessAt(freshness.lastSeen, freshness.intervalMs, now.value)
    return STALENESS[state] < STALENESS.late
  }).length
  return (
    <span class="note">
      {t('devices.count', { count: ofSite.length })}
      {stale > 0 && ` · ${t('devices.silent')}: ${stale}`}
    </span>
  )
}

function fits(device: Device, search: string): boolean {
  const wanted = search.trim().toLowerCase()
  if (wanted === '') return true
  const words = [device.id, device.model, modelName(device), device.name?.en, device.name?.zh, ...device.tags]
  return words.some(word => word?.toLowerCase().includes(wanted))
}

function bySite(list: readonly Device[]): [string, Device[]][] {
  const groups = new Map<string, Device[]>()
  for (const device of list) {
    const site = device.site ?? ''
    const group = groups.get(site)
    if (group) group.push(device)
    else groups.set(site, [device])
  }
  return [...groups]
}
