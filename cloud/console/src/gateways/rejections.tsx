import { useEffect } from 'preact/hooks'
import type { Rejection } from '../api/shapes.ts'
import { FaultNote } from '../frame/fault-note.tsx'
import { now } from '../live/now.ts'
import { useResource } from '../live/resource.ts'
import { gateways, rejections } from '../live/watch.ts'
import type { TextKey } from '../text/en.ts'
import { t } from '../text/language.ts'
import { numberText } from '../text/measure.ts'
import { momentText } from '../text/time.ts'

/** The input that was refused, with the reason and a sample of it. */
export function Rejections() {
  const list = useResource(rejections)
  useEffect(() => rejections.refresh(), [gateways.value.value])
  return (
    <section aria-labelledby="rejections">
      <h2 id="rejections">{t('rejections.title')}</h2>
      <FaultNote fault={rejections.fault.value} />
      {list?.length === 0 && <p class="empty">{t('rejections.none')}</p>}
      {list !== undefined && list.length > 0 && (
        <div class="table-frame">
          <table class="rejections">
            <thead>
              <tr>
                <th scope="col">{t('rejections.time')}</th>
                <th scope="col">{t('rejections.where')}</th>
                <th scope="col">{t('rejections.reason')}</th>
                <th scope="col">{t('rejections.source')}</th>
                <th scope="col" class="number">
                  {t('rejections.count')}
                </th>
                <th scope="col">{t('rejections.sample')}</th>
              </tr>
            </thead>
            <tbody>
              {list.map(one => (
                <RejectionRow key={one.id} rejection={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function RejectionRow({ rejection }: { rejection: Rejection }) {
  const { at, where, gateway, reason, source, count, sample } = rejection
  const place = where === 'cloud' ? t('rejections.cloud') : where
  return (
    <tr data-testid="rejection-row">
      <td data-label={t('rejections.time')}>{momentText(at, now.value)}</td>
      <td data-label={t('rejections.where')}>
        {place}
        {gateway && gateway !== where && <small class="note">{gateway}</small>}
      </td>
      <td data-label={t('rejections.reason')}>
        <strong>{reasonText(reason)}</strong>
      </td>
      <td data-label={t('rejections.source')}>{source}</td>
      <td data-label={t('rejections.count')} class="number">
        {numberText(count)}
      </td>
      <td data-label={t('rejections.sample')}>
        <code class="sample" title={sample}>
          {sample}
        </code>
      </td>
    </tr>
  )
}

const REASONS: Record<string, TextKey> = {
  'unknown device': 'rejections.unknownDevice',
  'identifier of several devices': 'rejections.ambiguous',
  'not registered to this gateway': 'rejections.otherGateway',
  'time in the future': 'rejections.future',
}
const QUANTITY = /^unknown quantity for a device of model (.*)$/

/** What the cloud itself has against readings, in the reader's language; the codecs' reasons are as they were written. */
function reasonText(reason: string): string {
  const model = QUANTITY.exec(reason)?.[1]
  if (model !== undefined) return t('rejections.quantity', { model })
  const key = REASONS[reason]
  return key === undefined ? reason : t(key)
}
