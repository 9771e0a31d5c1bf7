import {
  CustomVariableSupport,
  type DataFrame,
  type DataQueryRequest,
  type DataQueryResponse,
  FieldType,
  toDataFrame,
} from '@grafana/data'
import { from, map, type Observable } from 'rxjs'
import type { Choice } from '../picket/choices.ts'
import type { ChoiceQuery } from '../picket/query.ts'
import type { PicketDataSource } from './data-source.ts'
import { VariableEditor } from './variable-editor.tsx'

/** Variables for sites, devices, quantities and gateways. */
export class PicketVariables extends CustomVariableSupport<PicketDataSource, ChoiceQuery> {
  readonly #source: PicketDataSource
  override editor = VariableEditor

  constructor(source: PicketDataSource) {
    super()
    this.#source = source
    this.query = this.query.bind(this)
  }

  override query({ targets, scopedVars }: DataQueryRequest<ChoiceQuery>): Observable<DataQueryResponse> {
    return from(this.#source.choices(targets[0] ?? {}, scopedVars)).pipe(
      map(choices => ({ data: [choicesFrame(choices)] })),
    )
  }
}

// Grafana reads the fields `text` and `value`, which must be there even where there is no choice.
const choicesFrame = (choices: readonly Choice[]): DataFrame =>
  toDataFrame({
    fields: [
      { name: 'text', type: FieldType.string, values: choices.map(({ text }) => text) },
      { name: 'value', type: FieldType.string, values: choices.map(({ value }) => value) },
    ],
  })
