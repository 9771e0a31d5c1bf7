// What is handed to Grafana, in the shape of its DataFrameDTO, but without Grafana.

export interface FieldSettings {
  displayName?: string
  displayNameFromDS?: string
  unit?: string
  color?: { mode: 'fixed'; fixedColor: string }
  thresholds?: { mode: 'absolute'; steps: { value: number; color: string }[] }
}

export interface Field {
  name: string
  type: 'time' | 'number' | 'string' | 'boolean' | 'other'
  values: (number | string | boolean | null | string[])[]
  config: FieldSettings
  labels?: Record<string, string>
}

export interface Notice {
  severity: 'info' | 'warning'
  text: string
}

export interface Frame {
  refId: string
  name: string
  fields: Field[]
  meta: { notices?: Notice[]; preferredVisualisationType?: 'graph' | 'table' }
}

/** A frame with notices beside those that it has. */
export const withNotices = (frame: Frame, notices: readonly Notice[]): Frame =>
  notices.length === 0
    ? frame
    : { ...frame, meta: { ...frame.meta, notices: [...(frame.meta.notices ?? []), ...notices] } }
