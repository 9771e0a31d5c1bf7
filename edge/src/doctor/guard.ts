import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { ConfigPlace, GatewayConfig } from '../config.ts'
import { readSigningKey } from '../guard/open-guard.ts'
import type { OutputConfig } from '../guard/output-config.ts'
import { type Finding, fault, ok, warning } from './finding.ts'
import { reach } from './reach.ts'

const CHECK = 'guard'

type GuardedConfig = Pick<GatewayConfig, 'guard' | 'sources'> & { outputs: Record<string, OutputConfig> }

/**
 * The guard's key and outputs. Nothing is switched: programs are looked for, slaves are connected to.
 *
 * @param searchPath - PATH, where a command line names no folder
 */
export async function examineGuard(
  { guard, outputs, sources }: GuardedConfig,
  place: ConfigPlace,
  searchPath: string,
): Promise<Finding[]> {
  const names = Object.keys(outputs)
  if (!guard && names.length === 0) return []
  if (!guard)
    return [
      warning(
        CHECK,
        `nothing will ever switch ${names.join(', ')}`,
        'name the public key of the cloud: guard.signingKeyFile',
      ),
    ]
  const hasBroker = sources.some(({ type }) => type === 'mqtt')
  const examined = Object.entries(outputs).map(([name, output]) =>
    examineOutput(`output ${name}`, output, { hasBroker, searchPath }),
  )
  return [examineKey(place.resolve(guard.signingKeyFile)), ...(await Promise.all(examined))]
}

function examineKey(file: string): Finding {
  try {
    readSigningKey(file)
    return ok(CHECK, `${file} is an Ed25519 public key`)
  } catch (error) {
    return fault(CHECK, (error as Error).message, 'get signing-key.pub from the data folder of the cloud')
  }
}

async function examineOutput(
  check: string,
  output: OutputConfig,
  { hasBroker, searchPath }: { hasBroker: boolean; searchPath: string },
): Promise<Finding> {
  if (output.type === 'mqtt') {
    if (hasBroker)
      return ok(check, `is told on ${output.set}; whether it listens is seen when it is switched`)
    return fault(check, 'no source of type mqtt, at whose broker it would listen', 'add one to sources')
  }
  if (output.type === 'modbus') {
    const { host, port } = output
    const reached = await reach(host, port)
    if (typeof reached === 'number') return ok(check, `${host}:${port} is reached`)
    return fault(
      check,
      `${host}:${port} cannot be reached (${reached.code ?? 'no answer'})`,
      'check power, address and wiring of the relay',
    )
  }
  const missing = [output.on, output.off].map(([program]) => program as string).find(isMissing(searchPath))
  if (missing === undefined) return ok(check, `${output.on[0]} can be run`)
  return fault(
    check,
    `${missing} cannot be run`,
    'install it, name it with its folder, or make it executable (chmod +x)',
  )
}

const isMissing = (searchPath: string) => (program: string) => {
  const places = program.includes('/')
    ? [program]
    : searchPath.split(delimiter).map(folder => join(folder, program))
  return !places.some(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
