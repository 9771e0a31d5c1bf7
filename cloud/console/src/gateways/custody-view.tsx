import { useEffect, useMemo } from 'preact/hooks'
import { cloud } from '../api/client.ts'
import type { Custody, EpochCustody, Gateway } from '../api/shapes.ts'
import { FaultNote } from '../frame/fault-note.tsx'
import { resource, useResource } from '../live/resource.ts'
import { t } from '../text/language.ts'
import { numberText } from '../text/measure.ts'
import { clockWords } from './clock-words.ts'
import { countOf, FATES, piecesOf, rangesText } from './custody.ts'

const ASK_GAP_MS = 3000
const MOST_EPOCHS = 20
const MOST_CLOCKS = 20
const MOST_RANGES = 8

/** What became of every record that a gateway announced, per epoch. */
export function CustodyView({ gateway }: { gateway: Gateway }) {
  const source = useMemo(() => resource<Custody>(() => cloud.custody(gateway.id), ASK_GAP_MS), [gateway.id])
  const custody = useResource(source)
  // Every list of gateways that comes is a sign that something moved.
  useEffect(() => source.refresh(), [gateway, source])
  const epochs = custody?.epochs ?? []
  return (
    <section class="custody" aria-label={t('custody.title')} data-testid="custody">
      <p class="hint">{t('custody.lead')}</p>
      <FaultNote fault={source.fault.value} />
      {custody && epochs.length === 0 && <p class="empty">{t('custody.none')}</p>}
      <ul>
        {epochs
          .slice(-MOST_EPOCHS)
          .reverse()
          .map(epoch => (
            <Epoch key={epoch.epoch} epoch={epoch} />
          ))}
      </ul>
      {custody && custody.clocks.length > 0 && (
        <>
          <h3>{t('custody.clocks')}</h3>
          <ul data-testid="clocks">
            {custody.clocks.slice(0, MOST_CLOCKS).map(one => (
              <li key={`${one.epoch} ${one.first}`}>{clockWords(one)}</li>
            ))}
          </ul>
        </>
      )}
      {epochs.length > MOST_EPOCHS && <p class="hint">{t('custody.cap', { count: MOST_EPOCHS })}</p>}
    </section>
  )
}

function Epoch({ epoch }: { epoch: EpochCustody }) {
  const present = FATES.filter(fate => epoch[fate].length > 0)
  return (
    <li data-testid="epoch" data-epoch={epoch.epoch}>
      <p class="epoch-name">
        {t('custody.epoch')} <code title={epoch.epoch}>{epoch.epoch.slice(0, 8)}</code>
        {epoch.missing.length + epoch.lost.length === 0 && (
          <span class="complete">{t('custody.complete')}</span>
        )}
      </p>
      <div class="custody-bar" aria-hidden="true">
        {piecesOf(epoch).map(({ fate, begin, width }) => (
          <i
            key={`${fate} ${begin}`}
            class={`fate-${fate}`}
            style={{ left: `${begin * 100}%`, width: `${width * 100}%` }}
          />
        ))}
      </div>
      <ul class="fates">
        {present.map(fate => {
          const { text, more } = rangesText(epoch[fate], MOST_RANGES)
          return (
            <li key={fate}>
              <i class={`swatch fate-${fate}`} aria-hidden="true" />
              <b>{numberText(countOf(epoch[fate]))}</b> {t(`custody.${fate}`)}
              <code class="ranges">
                {text}
                {more > 0 && ` ${t('custody.more', { count: more })}`}
              </code>
            </li>
          )
        })}
      </ul>
    </li>
  )
}
