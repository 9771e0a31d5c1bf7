import { checkPart, type FileFault, formatFileFault, Id, parseDuration, StartError } from '@picket/devices'
import { type Static, Type } from 'typebox'
import type { ConfigPlace } from '../config.ts'
import { ActuatorTopics } from './outputs/actuator-topics.ts'
import { CommandOutput } from './outputs/command-output.ts'
import { ModbusOutput } from './outputs/modbus-output.ts'
import { MqttOutput } from './outputs/mqtt-output.ts'
import type { Output } from './outputs/output.ts'

const MOST_FAULTS = 5
const strict = { additionalProperties: false }
const Duration = (fallback: string, description: string) =>
  Type.String({ pattern: '^\\d+(ms|s|m|h)$', default: fallback, description })
const common = {
  minOff: Duration('0s', 'once off, it stays off for so long'),
  timeout: Duration('2s', 'a command that is not done by then has failed, and is tried again'),
}
const Topic = Type.String({ minLength: 1, maxLength: 200, pattern: '^[^+#]+$' })
const CommandLine = Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 50 })

const SCHEMAS = {
  mqtt: Type.Object(
    {
      set: { ...Topic, description: 'topic on which the actuator hears what to do' },
      state: Type.Optional({ ...Topic, description: 'topic on which it says how it stands' }),
      client: Type.Optional({ ...Id, description: 'client id of the actuator; else any client' }),
      on: Type.String({ default: 'on' }),
      off: Type.String({ default: 'off' }),
      ...common,
    },
    strict,
  ),
  modbus: Type.Object(
    {
      host: Type.String({ minLength: 1 }),
      port: Type.Integer({ minimum: 1, maximum: 65_535, default: 502 }),
      unit: Type.Integer({ minimum: 0, maximum: 255, default: 1 }),
      coil: Type.Integer({ minimum: 0, maximum: 65_535, description: 'address, from 0' }),
      ...common,
    },
    strict,
  ),
  command: Type.Object(
    {
      on: { ...CommandLine, description: 'program and arguments; no shell' },
      off: CommandLine,
      ...common,
    },
    strict,
  ),
}
type Kind = keyof typeof SCHEMAS

/** Outputs as they stand in the gateway's file; the rest of each is checked by its type. */
export const OutputSection = Type.Object({ type: Type.Enum(Object.keys(SCHEMAS)) })

/** An output of the gateway: what rules from the cloud may switch, and nothing else. */
export type OutputConfig = { [K in Kind]: { type: K } & Static<(typeof SCHEMAS)[K]> }[Kind]

/**
 * Checks the outputs of a gateway's file.
 *
 * @throws StartError with file, line and what is wrong
 */
export function readOutputs(
  outputs: Record<string, Static<typeof OutputSection>>,
  { file, lineOf }: Pick<ConfigPlace, 'file' | 'lineOf'>,
): Record<string, OutputConfig> {
  const faults: FileFault[] = []
  const read = Object.entries(outputs).map(([name, { type, ...settings }]) => {
    const place = { file, lineOf: (path: readonly (string | number)[]) => lineOf(['outputs', name, ...path]) }
    const checked = checkPart(SCHEMAS[type as Kind], settings, place)
    if (!checked.ok)
      faults.push(
        ...checked.faults.map(fault => ({ ...fault, message: `outputs.${name}: ${fault.message}` })),
      )
    return [name, { type, ...(checked.ok ? checked.value : {}) } as OutputConfig] as const
  })
  if (faults.length > 0)
    throw new StartError('outputs', faults.slice(0, MOST_FAULTS).map(formatFileFault).join('; '))
  return Object.fromEntries(read)
}

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
