import type { DataSourcePluginOptionsEditorProps } from '@grafana/data'
import { InlineField, Input, SecretInput } from '@grafana/ui'
import * as React from 'react'
import { cloudAddress } from '../picket/client.ts'
import type { SecretSettings, Settings } from './settings.ts'
import { inWords } from './words.ts'

type Props = DataSourcePluginOptionsEditorProps<Settings, SecretSettings>

/** Where the cloud is, and the token that Grafana shows it. */
export function ConfigEditor({ options, onOptionsChange }: Props) {
  const { jsonData, secureJsonFields, secureJsonData } = options
  const keepAddress = (url: string): void => onOptionsChange({ ...options, jsonData: { ...jsonData, url } })
  return (
    <>
      <InlineField
        label={inWords('Cloud')}
        labelWidth={14}
        tooltip={inWords(
          "Address of the Picket cloud as Grafana's server reaches it; https where it is another machine",
        )}
      >
        <Input
          aria-label={inWords('Cloud')}
          width={50}
          placeholder="http://127.0.0.1:8080"
          value={jsonData.url ?? ''}
          // While it is typed, a slash at its end is on the way to something.
          onChange={event => keepAddress(event.currentTarget.value)}
          onBlur={event => keepAddress(cloudAddress(event.currentTarget.value))}
        />
      </InlineField>
      <InlineField
        label={inWords('Token')}
        labelWidth={14}
        tooltip={inWords(
          "A viewer's token (picket-cloud user grafana --token); Grafana keeps it, browsers never see it",
        )}
      >
        <SecretInput
          aria-label={inWords('Token')}
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
