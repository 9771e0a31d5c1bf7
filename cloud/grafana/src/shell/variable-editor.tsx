import type { QueryEditorProps } from '@grafana/data'
import { InlineFieldRow } from '@grafana/ui'
import * as React from 'react'
import type { ChoiceQuery } from '../picket/query.ts'
import { ChoiceField } from './choice-field.tsx'
import type { PicketDataSource } from './data-source.ts'
import { NamesField } from './names-field.tsx'
import type { SavedQuery, Settings } from './settings.ts'
import type { Word } from './words.ts'

const CHOICES: { label: Word; value: ChoiceQuery['choices'] }[] = [
  { label: 'Sites', value: 'sites' },
  { label: 'Devices', value: 'devices' },
  { label: 'Quantities', value: 'quantities' },
  { label: 'Gateways', value: 'gateways' },
]

type Props = QueryEditorProps<PicketDataSource, SavedQuery, Settings, ChoiceQuery>

/** What a variable may be. */
export function VariableEditor({ query, datasource, onChange }: Props) {
  const { choices = 'sites', sites = [], devices = [] } = query
  const change = (changed: Partial<ChoiceQuery>): void =>
    onChange({ ...query, refId: 'Picket', choices, sites, devices, ...changed })
  return (
    <InlineFieldRow>
      <ChoiceField
        label="List"
        options={CHOICES}
        value={choices}
        onChange={value => change({ choices: value })}
      />
      {choices !== 'sites' && (
        <NamesField
          label="Sites"
          tooltip="All sites where none is chosen"
          source={datasource}
          choices={{ choices: 'sites', sites: [], devices: [] }}
          value={sites}
          onChange={chosen => change({ sites: chosen })}
        />
      )}
      {choices === 'quantities' && (
        <NamesField
          label="Devices"
          tooltip="All devices where none is chosen"
          source={datasource}
          choices={{ choices: 'devices', sites, devices: [] }}
          value={devices}
          onChange={chosen => change({ devices: chosen })}
        />
      )}
    </InlineFieldRow>
  )
}
