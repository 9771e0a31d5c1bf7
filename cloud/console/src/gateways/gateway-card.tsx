import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import type { Gateway } from '../api/shapes.ts'
import { siteName } from '../devices/names.ts'
import { deviceAddress } from '../frame/route.ts'
import { now } from '../live/now.ts'
import { t } from '../text/language.ts'
import { measureText, numberText } from '../text/measure.ts'
import { agoText, durationText } from '../text/time.ts'
import { aheadWords } from './clock-words.ts'
import { CustodyView } from './custody-view.tsx'
import { GuardView } from './guard-view.tsx'

/** A gateway's link and how it fares; on demand what became of its records. */
export function GatewayCard({ gateway }: { gateway: Gateway }) {
  const open = useSignal(false)
  const { id, site, connected, conflict } = gateway
  return (
    <li
      class={`gateway ${conflict ? 'conflict' : connected ? 'connected' : 'disconnected'}`}
      data-testid="gateway-row"
      data-gateway={id}
      data-connected={connected}
    >
      <div class="gateway-head">
        <h2>
          <a href={deviceAddress(id)}>{id}</a>
        </h2>
        <span class={`link-state ${connected ? 'live' : 'down'}`} data-testid="gateway-link">
          <i aria-hidden="true" />
          {t(connected ? 'gateways.connected' : 'gateways.disconnected')}
        </span>
        {site && <span class="note">{siteName(site)}</span>}
      </div>
      {conflict && (
        <p class="conflict-note" role="alert" data-testid="gateway-conflict">
          {t('gateways.conflict')}
        </p>
      )}
      <GatewayFacts gateway={gateway} />
      {gateway.guard && <GuardView guard={gateway.guard} />}
      <button
        type="button"
        class="quiet"
        data-testid="custody-toggle"
        aria-expanded={open.value}
        onClick={() => {
          open.value = !open.value
        }}
      >
        {t('custody.title')}
      </button>
      {open.value && <CustodyView gateway={gateway} />}
    </li>
  )
}

function GatewayFacts({ gateway }: { gateway: Gateway }) {
  const { lastSeen, instance, status } = gateway
  const of = (quantity: string): number | undefined => status[quantity]
  const count = (value: number | undefined): string => (value === undefined ? '–' : numberText(value))
  const oldest = of('outbox_age')
  const disk = of('disk_free')
  const ahead = of('clock_ahead')
  const clock = ahead === undefined ? undefined : aheadWords(ahead)
  return (
    <dl class="facts-grid">
      <Fact name={t('gateways.lastSeen')}>
        {lastSeen === null ? t('gateways.never') : agoText(now.value - lastSeen)}
      </Fact>
      <Fact name={t('gateways.outbox')} testId="outbox-depth">
        {of('outbox_records') === undefined
          ? '–'
          : t('gateways.records', { count: count(of('outbox_records')) })}
      </Fact>
      <Fact name={t('gateways.oldest')}>{oldest === undefined ? '–' : durationText(oldest * 1000)}</Fact>
      <Fact name={t('gateways.disk')}>{disk === undefined ? '–' : measureText(disk, 'MBy')}</Fact>
      <Fact name={t('gateways.reconnects')}>{count(of('link_reconnects'))}</Fact>
      <Fact name={t('gateways.rejected')} bad={(of('rejected') ?? 0) > 0}>
        {count(of('rejected'))}
      </Fact>
      <Fact name={t('gateways.dropped')} bad={(of('dropped') ?? 0) > 0}>
        {count(of('dropped'))}
      </Fact>
      <Fact name={t('gateways.clock')} bad={clock?.bad ?? false} testId="gateway-clock">
        {clock?.text ?? '–'}
      </Fact>
      <Fact name={t('gateways.instance')}>
        {instance ? <code title={instance}>{instance.slice(0, 8)}</code> : '–'}
      </Fact>
    </dl>
  )
}

interface FactProps {
  name: string
  children: ComponentChildren
  bad?: boolean
  testId?: string
}

function Fact({ name, children, bad = false, testId }: FactProps) {
  return (
    <div class={bad ? 'bad' : ''}>
      <dt>{name}</dt>
      <dd data-testid={testId}>{children}</dd>
    </div>
  )
}
