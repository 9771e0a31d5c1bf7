import { InlineField, InlineSwitch } from '@grafana/ui'
import * as React from 'react'

interface Props {
  label: string
  tooltip: string
  value: boolean | undefined
  onChange(value: boolean): void
}

/** Turns something on. */
export function SwitchField({ label, tooltip, value = false, onChange }: Props) {
  return (
    <InlineField label={label} tooltip={tooltip}>
      <InlineSwitch
        aria-label={label}
        value={value}
        onChange={event => onChange(event.currentTarget.checked)}
      />
    </InlineField>
  )
}
