import { loadConfig } from '@picket/devices/runtime'
import { GatewayConfig } from '../config.ts'
import { readQuarantine } from './quarantine.ts'
import { sampleOf } from './sample.ts'

/**
 * What a gateway refused lately, with its bytes, for people or, a line of JSON each, for programs.
 *
 * @param file - the gateway's file
 */
export function refusedText(file: string, { json }: { json: boolean }): string {
  const { config, resolve } = loadConfig(file, GatewayConfig)
  const refused = readQuarantine(resolve(config.data))
  if (json) return refused.map(one => JSON.stringify(one)).join('\n')
  if (refused.length === 0) return 'nothing was refused'
  return refused
    .map(({ at, source, reason, length, bytes }) => {
      const sample = sampleOf(Buffer.from(bytes, 'base64'))
      return `${new Date(at).toISOString()}  ${source}  ${reason}  (${length} bytes)\n    ${sample}`
    })
    .join('\n')
}
