import { InlineField, InlineSwitch } from '@grafana/ui'
import * as React from 'react'
import { inWords, type Word } from './words.ts'

interface Props {
  label: Word
  tooltip: Word
  value: boolean | undefined
  onChange(value: boolean): void
}

/** Turns something on. */
export function SwitchField({ label, tooltip, value = false, onChange }: Props) {
  return (
    <InlineField label={inWords(label)} tooltip={inWords(tooltip)}>
      <InlineSwitch
        aria-label={inWords(label)}
        value={value}
        onChange={event => onChange(event.currentTarget.checked)}
      />
    </InlineField>
  )
}
