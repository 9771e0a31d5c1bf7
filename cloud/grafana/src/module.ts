import { DataSourcePlugin } from '@grafana/data'
import { ConfigEditor } from './shell/config-editor.tsx'
import { PicketDataSource } from './shell/data-source.ts'
import { QueryEditor } from './shell/query-editor.tsx'

/** What Grafana looks for in `module.js`. */
export const plugin = new DataSourcePlugin(PicketDataSource)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor)
