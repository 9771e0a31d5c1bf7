import type { Device, Quantity } from '../api/shapes.ts'
import { deviceAddress } from '../frame/route.ts'
import { now } from '../live/now.ts'
import { inLanguage, t } from '../text/language.ts'
import { numberText, unitText } from '../text/measure.ts'
import { agoText } from '../text/time.ts'
import { freshnessAt } from './freshness.ts'
import { FreshnessMark } from './freshness-mark.tsx'
import { modelName, quantityName } from './names.ts'
import { QualityMark } from './quality-mark.tsx'

const ARRIVAL_TIME = 0x10
const CLOCK_SUSPECT = 0x20

/** A device with the last value of each of its quantities; each leads to its chart. */
export function DeviceCard({ device }: { device: Device }) {
  const { lastSeen, intervalMs } = device.freshness
  return (
    <li
      class={`device ${freshnessAt(lastSeen, intervalMs, now.value)}`}
      data-testid="device-row"
      data-device={device.id}
    >
      <div class="device-head">
        <h3>
          <a href={deviceAddress(device.id)}>{device.name ? inLanguage(device.name) : device.id}</a>
        </h3>
        <FreshnessMark freshness={device.freshness} />
      </div>
      <p class="facts">
        {device.name && <span>{device.id}</span>}
        <span>{modelName(device)}</span>
      </p>
      <ul class="values">
        {device.quantities.map(quantity => (
          <Value key={quantity.quantity} device={device} quantity={quantity} />
        ))}
      </ul>
    </li>
  )
}

function Value({ device, quantity }: { device: Device; quantity: Quantity }) {
  const { last } = quantity
  const unit = unitText(quantity.unit ?? '1')
  const stale = last && freshnessAt(last.t, device.freshness.intervalMs, now.value) === 'silent'
  return (
    <li data-testid="value-row" data-series={`${device.id}/${quantity.quantity}`}>
      <a href={deviceAddress(device.id, quantity.quantity)} class={stale ? 'stale' : ''}>
        <span class="value-name">{quantityName(quantity)}</span>
        {last ? (
          <>
            <span class="value-marks">
              <QualityMark flag={last.q} />
              {(last.marks & CLOCK_SUSPECT) !== 0 && <small class="quality">{t('mark.clock')}</small>}
              {(last.marks & ARRIVAL_TIME) !== 0 && <small class="quality">{t('mark.arrival')}</small>}
              {stale && <small class="value-age">{agoText(now.value - last.t)}</small>}
            </span>
            <span class="value">
              {numberText(last.v)} <small>{unit}</small>
            </span>
          </>
        ) : (
          <span class="value none">{t('devices.noValue')}</span>
        )}
      </a>
    </li>
  )
}
