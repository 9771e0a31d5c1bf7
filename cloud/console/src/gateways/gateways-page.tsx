import { FaultNote } from '../frame/fault-note.tsx'
import { useResource } from '../live/resource.ts'
import { gateways } from '../live/watch.ts'
import { t } from '../text/language.ts'
import { GatewayCard } from './gateway-card.tsx'
import { Rejections } from './rejections.tsx'

/** The gateways, what the cloud has of each, and the input that was refused. */
export function GatewaysPage() {
  const all = useResource(gateways)
  // What needs a person comes first.
  const sorted = [...(all ?? [])].sort(
    (a, b) =>
      Number(b.conflict) - Number(a.conflict) ||
      Number(a.connected) - Number(b.connected) ||
      (a.id < b.id ? -1 : 1),
  )
  return (
    <>
      <h1 class="page-title">{t('gateways.title')}</h1>
      <FaultNote fault={gateways.fault.value} />
      {all === undefined && <p class="empty">{t('app.loading')}</p>}
      {all?.length === 0 && <p class="empty">{t('gateways.none')}</p>}
      <ul class="gateway-list">
        {sorted.map(gateway => (
          <GatewayCard key={gateway.id} gateway={gateway} />
        ))}
      </ul>
      <Rejections />
    </>
  )
}
