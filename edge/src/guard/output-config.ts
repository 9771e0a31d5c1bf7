import { Id, parseDuration } from '@picket/devices'
import { type Static, Type } from 'typebox'
import { ActuatorTopics } from './outputs/actuator-topics.ts'
import { CommandOutput } from './outputs/command-output.ts'
import { ModbusOutput } from './outputs/modbus-output.ts'
import { MqttOutput } from './outputs/mqtt-output.ts'
import type { Output } from './outputs/output.ts'

const strict = { additionalProperties: false }
const Duration = (fallback: string, description: string) =>
  Type.String({ pattern: '^\\d+(ms|s|m|h)$', default: fallback, description })
const common = {
  minOff: Duration('0s', 'once off, it stays off for so long'),
  timeout: Duration('2s', 'a command that is not done by then has failed, and is tried again'),
}
const Topic = Type.String({ minLength: 1, maxLength: 200, pattern: '^[^+#]+$' })
const CommandLine = Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 50 })

/** An output of the gateway: what rules from the cloud may switch, and nothing else. */
export const OutputConfig = Type.Union([
  Type.Object(
    {
      type: Type.Literal('mqtt'),
      set: { ...Topic, description: 'topic on which the actuator hears what to do' },
      state: Type.Optional({ ...Topic, description: 'topic on which it says how it stands' }),
      client: Type.Optional({ ...Id, description: 'client id of the actuator; else any client' }),
      on: Type.String({ default: 'on' }),
      off: Type.String({ default: 'off' }),
      ...common,
    },
    strict,
  ),
  Type.Object(
    {
      type: Type.Literal('modbus'),
      host: Type.String({ minLength: 1 }),
      port: Type.Integer({ minimum: 1, maximum: 65_535, default: 502 }),
      unit: Type.Integer({ minimum: 0, maximum: 255, default: 1 }),
      coil: Type.Integer({ minimum: 0, maximum: 65_535, description: 'address, from 0' }),
      ...common,
    },
    strict,
  ),
  Type.Object(
    {
      type: Type.Literal('command'),
      on: { ...CommandLine, description: 'program and arguments; no shell' },
      off: CommandLine,
      ...common,
    },
    strict,
  ),
])
export type OutputConfig = Static<typeof OutputConfig>

/** Topics of the outputs that are clients of the gateway's own broker. */
export const actuatorTopicsOf = (outputs: Record<string, OutputConfig>): ActuatorTopics =>
  new ActuatorTopics(Object.values(outputs).filter(output => output.type === 'mqtt'))

/** The outputs of the gateway's file, ready to be driven. */
export function openOutputs(
  outputs: Record<string, OutputConfig>,
  topics: ActuatorTopics,
): Map<string, { output: Output; minOffMs: number; timeoutMs: number }> {
  return new Map(
    Object.entries(outputs).map(([name, config]) => [
      name,
      {
        output: openOutput(config, topics),
        minOffMs: parseDuration(config.minOff) as number,
        timeoutMs: parseDuration(config.timeout) as number,
      },
    ]),
  )
}

function openOutput(config: OutputConfig, topics: ActuatorTopics): Output {
  if (config.type === 'mqtt') return new MqttOutput(config, topics)
  return config.type === 'modbus' ? new ModbusOutput(config) : new CommandOutput(config)
}
