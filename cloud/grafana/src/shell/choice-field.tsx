import { InlineField, Select } from '@grafana/ui'
import * as React from 'react'

interface Props<T extends string> {
  label: string
  tooltip?: string
  options: readonly { label: string; value: T }[]
  value: T
  onChange(value: T): void
}

/** Chooses one of a few. */
export function ChoiceField<T extends string>({ label, tooltip, options, value, onChange }: Props<T>) {
  return (
    <InlineField label={label} tooltip={tooltip} labelWidth={14}>
      <Select
        aria-label={label}
        width={24}
        options={[...options]}
        value={value}
        onChange={chosen => chosen.value !== undefined && onChange(chosen.value)}
      />
    </InlineField>
  )
}
