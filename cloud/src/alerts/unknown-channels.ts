import type { Rule } from '@picket/rules'

/** The same of a whole configuration. */
export const channelWarnings = ({ rules, configuration }: ChannelNaming): string[] =>
  unknownChannels(rules, new Set(configuration.channels))

interface ChannelNaming {
  rules: readonly Naming[]
  configuration: { channels?: readonly string[] }
}

type Naming = Pick<Rule, 'id' | 'notify' | 'escalate'>

/**
 * Channels that rules name and the configuration lacks, in words: there nobody is told. Empty where no channel is
 * configured at all, as at the first start: then the alarms are for the console.
 *
 * @param channels - names of the configured ones
 */
export function unknownChannels(rules: readonly Naming[], channels: ReadonlySet<string>): string[] {
  if (channels.size === 0) return []
  const known = [...channels].join(', ')
  return rules.flatMap(({ id, notify, escalate }) => {
    const named = new Set([...notify, ...escalate.flatMap(step => step.notify)])
    return [...named]
      .filter(name => !channels.has(name))
      .map(channel => `rule ${id} notifies "${channel}", which is no channel of the cloud (${known})`)
  })
}
