import type { DataQuery, DataSourceJsonData } from '@grafana/data'
import type { PicketQuery } from '../picket/query.ts'

/** Where the cloud's API answers, without a path: https://picket.example.org. */
export interface Settings extends DataSourceJsonData {
  url?: string
}

/** Kept encrypted by Grafana; never sent to a browser. */
export interface SecretSettings {
  token?: string
}

/** A query as Grafana saves it; what is not set has its default. */
export type SavedQuery = DataQuery & Partial<Omit<PicketQuery, keyof DataQuery>>
