import type { SelectableValue } from '@grafana/data'
import { getTemplateSrv } from '@grafana/runtime'
import { InlineField, MultiSelect } from '@grafana/ui'
import * as React from 'react'
import type { ChoiceQuery } from '../picket/query.ts'
import type { PicketDataSource } from './data-source.ts'
import { inWords, type Word } from './words.ts'

interface Props {
  label: Word
  tooltip: Word
  source: PicketDataSource
  /** What there is to choose from. */
  choices: Omit<ChoiceQuery, 'refId'>
  value: string[] | undefined
  onChange(names: string[]): void
}

/** Chooses ids, or variables; none means all. */
export function NamesField({ label, tooltip, source, choices, value = [], onChange }: Props) {
  const [known, setKnown] = React.useState<SelectableValue<string>[]>([])
  const asked = JSON.stringify(choices)
  React.useEffect(() => {
    let isOver = false
    source.choices(JSON.parse(asked), {}).then(
      found =>
        !isOver &&
        setKnown(found.map(({ text, value: id }) => ({ label: text, value: id, description: id }))),
      // What the cloud does not tell can be typed.
      () => !isOver && setKnown([]),
    )
    return () => {
      isOver = true
    }
  }, [source, asked])
  const variables = getTemplateSrv()
    .getVariables()
    .map(({ name }) => ({ label: `$${name}`, value: `$${name}` }))
  return (
    <InlineField label={inWords(label)} tooltip={inWords(tooltip)} labelWidth={14} grow>
      <MultiSelect
        aria-label={inWords(label)}
        placeholder={inWords('all')}
        options={[...variables, ...known]}
        value={value.map(name => known.find(one => one.value === name) ?? { label: name, value: name })}
        allowCustomValue
        onChange={chosen => onChange(chosen.flatMap(one => one.value ?? []))}
      />
    </InlineField>
  )
}
