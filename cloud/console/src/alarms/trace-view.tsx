import type { ComponentChildren } from 'preact'
import { deviceName } from '../devices/names.ts'
import { QualityMark } from '../devices/quality-mark.tsx'
import { now } from '../live/now.ts'
import type { TextKey } from '../text/en.ts'
import { t } from '../text/language.ts'
import { numberText } from '../text/measure.ts'
import { durationText, momentText } from '../text/time.ts'
import { LevelBadge } from './level-badge.tsx'
import type { Telling, Trace, TracedCondition } from './trace.ts'
import { withheldText } from './withheld.tsx'

const CAUSES: Record<string, TextKey> = {
  reading: 'cause.reading',
  timer: 'cause.timer',
  silence: 'cause.silence',
  'late readings': 'cause.late',
  operator: 'cause.operator',
  'rule changed': 'cause.changed',
  'rule withdrawn': 'cause.withdrawn',
  'begun anew': 'cause.anew',
  season: 'cause.season',
}

const BECAUSE = ['unacknowledged', 'no longer withheld', 'flapping', 'steady'] as const

/** What the rule saw at a transition, in an operator's words. */
export function TraceView({ trace, at }: { trace: Trace; at: number }) {
  return (
    <dl class="trace">
      {trace.note && <Row name={t('why.note')}>{trace.note}</Row>}
      {trace.cause && <Row name={t('why.cause')}>{causeText(trace.cause)}</Row>}
      {trace.values.length > 0 && (
        <Row name={t('why.inputs')}>
          <ul class="inputs">
            {trace.values.map(([name, value]) => (
              <li key={name}>
                <code>{name}</code>{' '}
                {value === null ? <em>{t('why.unknown')}</em> : <b>{numberText(value)}</b>}
                {trace.inputs[name] && <ByDevice values={trace.inputs[name]} />}
              </li>
            ))}
          </ul>
        </Row>
      )}
      {trace.quality.some(([, flag]) => flag !== 1) && (
        <Row name={t('why.quality')}>
          <ul class="inputs">
            {trace.quality.map(([quantity, flag]) => (
              <li key={quantity}>
                <code>{quantity}</code> <QualityMark flag={flag} always />
              </li>
            ))}
          </ul>
        </Row>
      )}
      {trace.conditions.map(condition => (
        <Row key={condition.level} name={<LevelBadge level={condition.level} />}>
          <Condition condition={condition} at={at} />
        </Row>
      ))}
      {trace.outOfSeason && <Row name={t('why.season')}>{t('why.outOfSeason')}</Row>}
      {trace.missing && (
        <Row name={t('why.silent')}>
          {trace.lastSample === null
            ? t('why.neverHeard')
            : t('why.lastHeard', { time: momentText(trace.lastSample, now.value) })}
        </Row>
      )}
      {trace.telling && <TellingRows telling={trace.telling} />}
      {trace.ruleRevision && (
        <Row name={t('why.rule')}>
          <span class="note">{t('why.revision', { revision: trace.ruleRevision.slice(0, 12) })}</span>
        </Row>
      )}
    </dl>
  )
}

function TellingRows({ telling: { told, reason, withheld } }: { telling: Telling }) {
  const because = BECAUSE.find(one => one === reason)
  return (
    <>
      {told.length > 0 && (
        <Row name={t('why.told')}>
          <b>{told.join(', ')}</b> {because && <span class="note">{t(`why.because.${because}`)}</span>}
        </Row>
      )}
      {withheld.length > 0 && (
        <Row name={t('why.notTold')}>{withheld.map(one => withheldText(one)).join(' · ')}</Row>
      )}
    </>
  )
}

function ByDevice({ values }: { values: [device: string, value: number | null][] }) {
  return (
    <span class="note">
      {' ('}
      {values
        .map(
          ([device, value]) =>
            `${deviceName(device)} ${value === null ? t('why.unknown') : numberText(value)}`,
        )
        .join(' · ')}
      {')'}
    </span>
  )
}

const causeText = (cause: string): string => {
  const key = CAUSES[cause]
  return key ? t(key) : cause
}

function Row({ name, children }: { name: ComponentChildren; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Condition({ condition, at }: { condition: TracedCondition; at: number }) {
  const { when, on, until, off, since, forMs, clearingSince, clearForMs } = condition
  return (
    <>
      <p>
        <code>{when}</code> <Verdict verdict={on} />
        {since !== null && on !== false && <Timer heldMs={at - since} neededMs={forMs} />}
      </p>
      {until && clearingSince !== null && (
        <p>
          {t('rules.until')} <code>{until}</code> <Verdict verdict={off} />
          <Timer heldMs={at - clearingSince} neededMs={clearForMs} />
        </p>
      )}
    </>
  )
}

function Verdict({ verdict }: { verdict: boolean | null }) {
  const word = verdict === null ? 'unknown' : verdict ? 'true' : 'false'
  return <span class={`verdict ${word}`}>{t(`why.${word}`)}</span>
}

function Timer({ heldMs, neededMs }: { heldMs: number; neededMs: number }) {
  if (neededMs === 0) return null
  return (
    <span class="note">
      {t('why.timer', { held: durationText(Math.max(0, heldMs)), needed: durationText(neededMs) })}
    </span>
  )
}
