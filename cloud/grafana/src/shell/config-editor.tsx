import type { DataSourcePluginOptionsEditorProps } from '@grafana/data'
import { InlineField, Input, SecretInput } from '@grafana/ui'
import * as React from 'react'
import type { SecretSettings, Settings } from './settings.ts'

type Props = DataSourcePluginOptionsEditorProps<Settings, SecretSettings>

/** Where the cloud is, and the token that Grafana shows it. */
export function ConfigEditor({ options, onOptionsChange }: Props) {
  const { jsonData, secureJsonFields, secureJsonData } = options
  return (
    <>
      <InlineField
        label="Cloud"
        labelWidth={14}
        tooltip="Address of the Picket cloud as Grafana's server reaches it; https where it is another machine"
      >
        <Input
          aria-label="Cloud"
          width={50}
          placeholder="http://127.0.0.1:8080"
          value={jsonData.url ?? ''}
          onChange={event =>
            onOptionsChange({
              ...options,
              jsonData: { ...jsonData, url: event.currentTarget.value.trim().replace(/\/+$/, '') },
            })
          }
        />
      </InlineField>
      <InlineField
        label="Token"
        labelWidth={14}
        tooltip="A viewer's token (picket-cloud user grafana --token); Grafana keeps it, browsers never see it"
      >
        <SecretInput
          aria-label="Token"
          width={50}
          isConfigured={secureJsonFields?.token === true}
          value={secureJsonData?.token ?? ''}
          onChange={event =>
            onOptionsChange({ ...options, secureJsonData: { token: event.currentTarget.value.trim() } })
          }
          onReset={() =>
            onOptionsChange({
              ...options,
              secureJsonFields: { ...secureJsonFields, token: false },
              secureJsonData: { token: '' },
            })
          }
        />
      </InlineField>
    </>
  )
}
