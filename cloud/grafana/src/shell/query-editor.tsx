import type { QueryEditorProps } from '@grafana/data'
import { InlineField, InlineFieldRow, Input } from '@grafana/ui'
import * as React from 'react'
import { LEVELS } from '../picket/levels.ts'
import type { Kind, PicketQuery } from '../picket/query.ts'
import { ChoiceField } from './choice-field.tsx'
import type { PicketDataSource } from './data-source.ts'
import { NamesField } from './names-field.tsx'
import type { SavedQuery, Settings } from './settings.ts'
import { SwitchField } from './switch-field.tsx'
import { inWords, type Word } from './words.ts'

const KINDS: { label: Word; value: Kind }[] = [
  { label: 'Readings', value: 'readings' },
  { label: 'Alarms', value: 'alarms' },
  { label: 'Alarms as annotations', value: 'annotations' },
  { label: 'Alarm load', value: 'alarm-load' },
  { label: 'Gateways', value: 'gateways' },
]
const STATES = [
  { label: 'any', value: 'any' },
  { label: 'active', value: 'active' },
  { label: 'active, or waits for an operator', value: 'open' },
  { label: 'over', value: 'cleared' },
] as const
const LOAD_BY = [
  { label: 'by the measures of ISA-18.2', value: 'measures' },
  { label: 'over time, by level', value: 'time' },
  { label: 'by rule', value: 'rule' },
  { label: 'by device', value: 'device' },
  { label: 'by site', value: 'site' },
] as const

type Props = QueryEditorProps<PicketDataSource, SavedQuery, Settings>

/** What a panel or an annotation asks. */
export function QueryEditor({ query, datasource, onChange, onRunQuery }: Props) {
  const { kind = 'readings', sites = [], devices = [] } = query
  const change = (changed: Partial<PicketQuery>): void => {
    onChange({ ...query, ...changed })
    onRunQuery()
  }
  const names = { source: datasource }
  return (
    <>
      <InlineFieldRow>
        <ChoiceField label="Show" options={KINDS} value={kind} onChange={value => change({ kind: value })} />
        <SwitchField
          label="Live"
          tooltip="Follows what happens where the time range ends now"
          value={query.live}
          onChange={live => change({ live })}
        />
      </InlineFieldRow>
      <InlineFieldRow>
        <NamesField
          {...names}
          label="Sites"
          tooltip="All sites where none is chosen"
          choices={{ choices: 'sites', sites: [], devices: [] }}
          value={query.sites}
          onChange={chosen => change({ sites: chosen })}
        />
      </InlineFieldRow>
      <InlineFieldRow>
        <NamesField
          {...names}
          label={kind === 'gateways' ? 'Gateways' : 'Devices'}
          tooltip="All where none is chosen; a gateway's own series are asked for by its id"
          choices={{ choices: kind === 'gateways' ? 'gateways' : 'devices', sites, devices: [] }}
          value={query.devices}
          onChange={chosen => change({ devices: chosen })}
        />
      </InlineFieldRow>
      {kind === 'readings' && (
        <ReadingSettings names={names} query={query} sites={sites} devices={devices} change={change} />
      )}
      {(kind === 'alarms' || kind === 'annotations' || kind === 'alarm-load') && (
        <AlarmSettings query={query} kind={kind} change={change} />
      )}
    </>
  )
}

interface SettingsProps {
  query: SavedQuery
  change(changed: Partial<PicketQuery>): void
}

function ReadingSettings({
  names,
  query,
  sites,
  devices,
  change,
}: SettingsProps & { names: { source: PicketDataSource }; sites: string[]; devices: string[] }) {
  return (
    <InlineFieldRow>
      <NamesField
        {...names}
        label="Quantities"
        tooltip="All that the devices measure where none is chosen"
        choices={{ choices: 'quantities', sites, devices }}
        value={query.quantities}
        onChange={chosen => change({ quantities: chosen })}
      />
      <InlineField
        label={inWords('Resolution')}
        tooltip={inWords(
          'auto: about 1,000 points; raw: every reading; panel: as many points as the panel is wide; or a duration such as 10m',
        )}
      >
        <Input
          aria-label={inWords('Resolution')}
          width={12}
          defaultValue={query.resolution ?? 'auto'}
          onBlur={event => change({ resolution: event.currentTarget.value.trim() || 'auto' })}
        />
      </InlineField>
      <SwitchField
        label="Band"
        tooltip="The least and the greatest of each bucket, too"
        value={query.band}
        onChange={band => change({ band })}
      />
    </InlineFieldRow>
  )
}

function AlarmSettings({ query, kind, change }: SettingsProps & { kind: Kind }) {
  const chosen = query.levels?.[0] ?? ''
  return (
    <InlineFieldRow>
      <ChoiceField
        label="Level"
        options={[{ label: 'any', value: '' }, ...LEVELS.map(level => ({ label: level, value: level }))]}
        value={chosen}
        onChange={level => change({ levels: level === '' ? [] : [level] })}
      />
      <ChoiceField
        label="State"
        options={STATES}
        value={query.state ?? 'any'}
        onChange={state => change({ state })}
      />
      {kind === 'alarm-load' && (
        <ChoiceField
          label="Count"
          options={LOAD_BY}
          value={query.by ?? 'time'}
          onChange={by => change({ by })}
        />
      )}
    </InlineFieldRow>
  )
}
