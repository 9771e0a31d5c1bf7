import { InlineField, Select } from '@grafana/ui'
import * as React from 'react'
import { inWords, type Word } from './words.ts'

interface Props<T extends string> {
  label: Word
  options: readonly { label: Word; value: T }[]
  value: T
  onChange(value: T): void
}

/** Chooses one of a few. */
export function ChoiceField<T extends string>({ label, options, value, onChange }: Props<T>) {
  return (
    <InlineField label={inWords(label)} labelWidth={14}>
      <Select
        aria-label={inWords(label)}
        width={24}
        options={options.map(one => ({ ...one, label: inWords(one.label) }))}
        value={value}
        onChange={chosen => chosen.value !== undefined && onChange(chosen.value)}
      />
    </InlineField>
  )
}
