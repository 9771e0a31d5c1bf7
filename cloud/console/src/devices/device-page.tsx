import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { byLevelThenAge } from '../alarms/alarm-order.ts'
import { AlarmRow } from '../alarms/alarm-row.tsx'
import { cloud } from '../api/client.ts'
import type { Alarm, Device } from '../api/shapes.ts'
import type { Episode } from '../chart/overlays.ts'
import { RangeChoice } from '../chart/range-choice.tsx'
import { SeriesChart } from '../chart/series-chart.tsx'
import { spanOf, type TimeView, zoomed } from '../chart/time-view.ts'
import { FaultNote } from '../frame/fault-note.tsx'
import { readClock } from '../live/now.ts'
import { resource, useResource } from '../live/resource.ts'
import { activeAlarms, devices } from '../live/watch.ts'
import { inLanguage, t } from '../text/language.ts'
import { FreshnessMark } from './freshness-mark.tsx'
import { modelName, siteName } from './names.ts'

// What the API gives at once; older episodes are not shaded.
const MOST_EPISODES = 1000

/** The charts of one device, and its alarms. Gateways and the cloud itself are devices too. */
export function DevicePage({ id, quantity }: { id: string; quantity: string | undefined }) {
  const own = useMemo(() => resource<Device>(() => cloud.device(id), 5000), [id])
  const fetched = useResource(own)
  const device = devices.value.value?.find(one => one.id === id) ?? fetched
  if (!device) {
    return own.fault.value ? (
      <>
        <BackToDevices />
        <FaultNote fault={own.fault.value} />
      </>
    ) : (
      <p class="loading">{t('app.loading')}</p>
    )
  }
  return <DeviceCharts device={device} quantity={quantity} />
}

function DeviceCharts({ device, quantity }: { device: Device; quantity: string | undefined }) {
  const view = useSignal<TimeView>({ kind: 'live', range: '1d' })
  const past = useEpisodes(device)
  const active = (activeAlarms.value.value ?? []).filter(alarm => alarm.device === device.id)
  const episodes = useMemo(() => episodesOf([...past, ...active]), [past, activeAlarms.value.value])
  useEffect(() => {
    if (quantity) document.getElementById(chartId(quantity))?.scrollIntoView({ block: 'start' })
  }, [quantity])
  const withValues = device.quantities.filter(({ last }) => last !== null)
  return (
    <>
      <DeviceHead device={device} />
      {active.length > 0 && (
        <ul class="alarm-list" data-testid="active-alarms">
          {byLevelThenAge(active).map(alarm => (
            <AlarmRow key={alarm.id} alarm={alarm} />
          ))}
        </ul>
      )}
      <RangeChoice view={view} span={() => spanOf(view.value, readClock(), firstKnown(device))} />
      <div class="charts">
        {withValues.length === 0 && <p class="empty">{t('devices.noValue')}</p>}
        {withValues.map(one => (
          <div key={one.quantity} id={chartId(one.quantity)} class="chart-place">
            <SeriesChart
              device={device.id}
              quantity={one}
              intervalMs={device.freshness.intervalMs}
              view={view.value}
              episodes={episodes}
              onZoom={(from, to) => {
                view.value = zoomed(from, to)
              }}
              onReset={() => {
                if (view.value.kind === 'fixed') view.value = { kind: 'live', range: '1d' }
              }}
            />
          </div>
        ))}
      </div>
      {withValues.length > 0 && <p class="hint">{t('chart.hint')}</p>}
    </>
  )
}

const chartId = (quantity: string): string => `chart-${quantity}`

const WEEK_MS = 7 * 86_400_000
// Shifting back from `all` begins a week before the newest reading: what lies before is in `all` itself.
const firstKnown = (device: Device): number => (device.freshness.lastSeen ?? readClock()) - WEEK_MS

const BackToDevices = () => (
  <a class="back" href="#/devices">
    ← {t('nav.devices')}
  </a>
)

function DeviceHead({ device }: { device: Device }) {
  return (
    <div class="page-head">
      <BackToDevices />
      <h1>{device.name ? inLanguage(device.name) : device.id}</h1>
      <p class="facts">
        <FreshnessMark freshness={device.freshness} />
        <span>{device.id}</span>
        <span>{modelName(device)}</span>
        {device.site && <span>{siteName(device.site)}</span>}
        {device.gateways.length > 0 && (
          <span>{t('devices.gateways', { gateways: device.gateways.join(', ') })}</span>
        )}
      </p>
    </div>
  )
}

/** The past episodes of a device; asked for again when one of its alarms begins or ends. */
function useEpisodes(device: Device): readonly Alarm[] {
  const source = useMemo(
    () =>
      resource<Alarm[]>(() =>
        cloud.alarms({
          state: 'cleared',
          limit: MOST_EPISODES,
          ...(device.site ? { site: device.site } : {}),
        }),
      ),
    [device.site],
  )
  const all = useResource(source)
  const running = activeAlarms.value.value?.filter(alarm => alarm.device === device.id).length ?? 0
  useEffect(() => source.refresh(), [running, source])
  return useMemo(() => (all ?? []).filter(alarm => alarm.device === device.id), [all, device.id])
}

const episodesOf = (alarms: readonly Alarm[]): Episode[] =>
  alarms.map(({ highestLevel, onset, clearedAt }) => ({ level: highestLevel, from: onset, to: clearedAt }))
