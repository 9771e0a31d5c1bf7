import type { Clock, Log } from '@picket/devices/runtime'
import type { ConfigPlace, GatewayConfig } from '../config.ts'
import { actuatorTopicsOf, type OutputConfig } from '../guard/output-config.ts'
import { Rejections } from '../intake/rejections.ts'
import { startSources } from '../sources/sources.ts'
import type { SourceState } from '../sources/supervisor.ts'
import type { GatewayState } from '../status/state-socket.ts'
import { examineCertificate, examineSecret } from './credentials.ts'
import { type Finding, fault, ok, warning } from './finding.ts'

const SILENT = { info() {}, warn() {}, error() {}, debug() {} } as unknown as Log
const NOT_TAKEN = new Error('only the doctor is here; send again')
/** What Modbus units have for an answer. */
const LISTEN_MS = 1500

const REMEDIES: Record<string, string> = {
  'port-in-use': 'see who has it (ss -lntup), and stop that or choose another port',
  'port-forbidden': 'choose a port above 1023',
  'source-config': 'correct that line',
  'source-type': 'correct that line',
  'source-name': 'correct that line',
  'modbus-line': 'check power, address and wiring of the line; ls -l /dev/serial/by-id shows serial adapters',
}

export interface SourcesOptions {
  config: GatewayConfig
  outputs: Record<string, OutputConfig>
  place: ConfigPlace
  clock: Clock
  state: GatewayState | undefined
}

/**
 * The sources: a running gateway is asked; else each is started as the gateway would, for a moment. Nothing is taken
 * from sensors meanwhile: they are not answered, and send again.
 */
export async function examineSources({
  config,
  outputs,
  place,
  clock,
  state,
}: SourcesOptions): Promise<Finding[]> {
  const files = config.sources.flatMap(source => examineFiles(source, place, clock.now()))
  if (state) return [...state.sources.map(examineState), ...files]
  const rejections = new Rejections(clock)
  const sources = await startSources({
    config,
    place,
    actuators: actuatorTopicsOf(outputs),
    rejections,
    clock,
    log: SILENT,
    intake: { offer: ({ done }) => done(NOT_TAKEN) },
  })
  if (config.sources.some(({ type }) => type === 'modbus'))
    await new Promise<void>(resolve => void clock.after(LISTEN_MS, resolve))
  const states = sources.states()
  await sources.stop()
  const told = rejections
    .take()
    // What keeps a source from running is told by its state.
    .filter(note => !states.some(({ name, fault: why }) => why && note.source === `source ${name}`))
    .map(({ source, reason }) => warning(source, reason, 'correct the file, or look at the device'))
  return [...states.map(examineState), ...told, ...files]
}

function examineState({ name, type, port, fault: why }: SourceState): Finding {
  const check = `source ${name}`
  if (!why) return ok(check, port === undefined ? `${type} runs` : `${type} listens on port ${port}`)
  return fault(check, why.message, REMEDIES[why.code] ?? 'correct what it says')
}

// Files of a source whose settings are wrong are looked at all the same: what is missing is told at once.
function examineFiles(
  source: GatewayConfig['sources'][number],
  place: ConfigPlace,
  nowMs: number,
): Finding[] {
  const { type, name = type, tls, usersFile } = source as typeof source & Record<string, unknown>
  const check = `source ${name}`
  const findings: Finding[] = []
  if (typeof usersFile === 'string')
    findings.push(examineSecret(check, place.resolve(usersFile), 'usersFile'))
  const { certFile, keyFile } = (tls ?? {}) as Record<string, unknown>
  if (typeof certFile === 'string' && typeof keyFile === 'string')
    findings.push(
      ...examineCertificate(
        check,
        { certFile: place.resolve(certFile), keyFile: place.resolve(keyFile) },
        nowMs,
      ),
    )
  return findings
}
