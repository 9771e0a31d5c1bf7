import { LevelBadge } from '../alarms/level-badge.tsx'
import type { Level, Rule, RuleSet } from '../api/shapes.ts'
import { deviceName, siteName } from '../devices/names.ts'
import { FaultNote } from '../frame/fault-note.tsx'
import { now } from '../live/now.ts'
import { useResource } from '../live/resource.ts'
import { ruleSet, shadow } from '../live/watch.ts'
import { inLanguage, t } from '../text/language.ts'
import { unitText } from '../text/measure.ts'
import { durationText, momentText } from '../text/time.ts'
import { ShadowNote } from './shadow-note.tsx'

const SHORT_REVISION = 12

/** The rules in force, and why newer files were not taken. */
export function RulesPage() {
  const set = useResource(ruleSet)
  const beside = useResource(shadow)?.shadow
  return (
    <>
      <div class="section-head page-title">
        <h1>{t('rules.title')}</h1>
        {set && (
          <span class="note" data-testid="rule-set">
            {t('rules.loaded', {
              number: set.ruleSet ?? t('rules.unnumbered'),
              revision: set.revision.slice(0, SHORT_REVISION),
              time: momentText(set.loadedAt, now.value),
            })}
          </span>
        )}
      </div>
      <FaultNote fault={ruleSet.fault.value} />
      {set === undefined && <p class="empty">{t('app.loading')}</p>}
      {set && set.faults.length > 0 && <RuleFaults title={t('rules.faults')} faults={set.faults} />}
      {set && set.stopped.length > 0 && <RuleFaults title={t('rules.stopped')} faults={set.stopped} />}
      {set && set.unknownChannels.length > 0 && (
        <RuleFaults title={t('rules.unknownChannels')} faults={set.unknownChannels} />
      )}
      {set?.fellBack && (
        <RuleFaults
          title={t('rules.fellBack', { time: momentText(set.fellBack.at, now.value) })}
          faults={[set.fellBack.why]}
        />
      )}
      {beside && <ShadowNote shadow={beside} />}
      {set?.rules.length === 0 && <p class="empty">{t('rules.none')}</p>}
      {byPack(set).map(([pack, rules]) => (
        <section key={pack} aria-label={t('rules.pack', { pack })}>
          <h2>{t('rules.pack', { pack })}</h2>
          <ul class="rule-list">
            {rules.map(rule => (
              <RuleCard key={rule.id} rule={rule} />
            ))}
          </ul>
        </section>
      ))}
    </>
  )
}

function RuleFaults({ title, faults }: { title: string; faults: readonly string[] }) {
  return (
    <div class="rule-faults" role="alert">
      <p>{title}</p>
      <ul>
        {faults.map(fault => (
          <li key={fault}>
            <code>{fault}</code>
          </li>
        ))}
      </ul>
    </div>
  )
}

function byPack(set: RuleSet | undefined): [string, Rule[]][] {
  const packs = new Map<string, Rule[]>()
  for (const rule of set?.rules ?? []) packs.set(rule.pack, [...(packs.get(rule.pack) ?? []), rule])
  return [...packs]
}

function RuleCard({ rule }: { rule: Rule }) {
  return (
    <li class="rule" data-testid="rule-row" data-rule={rule.id}>
      <div class="rule-head">
        <h3>{inLanguage(rule.name)}</h3>
        <p class="facts">
          <span>{rule.id}</span>
          <span>{selectText(rule)}</span>
          {rule.season.length > 0 && <span>{t('rules.season', { ranges: rule.season.join(', ') })}</span>}
          <span>{t('why.revision', { revision: rule.revision.slice(0, SHORT_REVISION) })}</span>
        </p>
      </div>
      <Features rule={rule} />
      <ol class="ladder">
        {[...rule.levels].reverse().map(rung => (
          <li key={`${rung.level} ${rung.when}`}>
            <LevelBadge level={rung.level as Level} />
            <Term name={t('rules.when')} condition={rung.when} durationMs={rung.forMs} />
            <Term name={t('rules.until')} condition={rung.until} durationMs={rung.clearForMs} />
          </li>
        ))}
        {raisesNothing(rule) ? (
          <li class="records">
            <p>{t('rules.records')}</p>
          </li>
        ) : (
          <li class="silence">
            <span class="level level-silence">{t('rules.missing')}</span>
            <p>{missingText(rule.missing)}</p>
          </li>
        )}
      </ol>
      <Parameters rule={rule} />
      {!raisesNothing(rule) && (
        <p class="told">
          <span class="term">{t('rules.notify')}</span>
          {rule.notify.length > 0 ? rule.notify.join(', ') : t('rules.notify.nobody')}
        </p>
      )}
    </li>
  )
}

function Features({ rule: { features } }: { rule: Rule }) {
  return (
    <dl class="features" aria-label={t('rules.features')}>
      {features.map(({ name, text }) => (
        <div key={name}>
          <dt>
            <code>{name}</code>
          </dt>
          <dd>
            <code>{text}</code>
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** What may be tuned; a device or a site may have its own values. */
function Parameters({ rule: { parameters } }: { rule: Rule }) {
  if (parameters.length === 0) return null
  return (
    <details class="parameters">
      <summary>{t('rules.parameters', { count: parameters.length })}</summary>
      <p class="note">{t('rules.parameters.own')}</p>
      <dl>
        {parameters.map(({ name, value, unit, min, max, reason }) => (
          <div key={name} data-testid="rule-parameter">
            <dt>
              <code>{name}</code>
            </dt>
            <dd>
              <strong>
                {value} {unitText(unit)}
              </strong>
              <span class="note">{t('rules.bounds', { min, max })}</span>
              <p>{reason}</p>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

// Such a rule records values for other rules.
const raisesNothing = ({ levels, missing }: Rule): boolean =>
  levels.length === 0 && (missing.then === 'keep' || missing.then === 'stale')

interface TermProps {
  name: string
  /** Null: the level ends when its on-condition no longer holds. */
  condition: string | null
  durationMs: number
}

function Term({ name, condition, durationMs }: TermProps) {
  return (
    <p>
      <span class="term">{name}</span>
      {condition === null ? t('rules.untilNot') : <code>{condition}</code>}
      <span class="note">
        {durationMs > 0 ? t('rules.for', { duration: durationText(durationMs) }) : t('rules.atOnce')}
      </span>
    </p>
  )
}

function selectText({ select }: Rule): string {
  const parts = [
    select.device && t('rules.select.device', { value: deviceName(select.device) }),
    select.model && t('rules.select.model', { value: select.model }),
    select.site && t('rules.select.site', { value: siteName(select.site) }),
    select.tag && t('rules.select.tag', { value: select.tag }),
  ].filter(part => part !== undefined && part !== '')
  return parts.length > 0 ? parts.join(' · ') : t('rules.select.all')
}

function missingText({ afterMs, intervals, then }: Rule['missing']): string {
  const what =
    then === 'keep'
      ? t('rules.missing.keep')
      : then === 'stale'
        ? t('rules.missing.stale')
        : t('rules.missing.level', { level: t(`level.${then as Level}`) })
  if (afterMs !== null) return `${t('rules.after', { duration: durationText(afterMs) })} · ${what}`
  if (intervals !== null) return `${t('rules.afterIntervals', { count: intervals })} · ${what}`
  return what
}
