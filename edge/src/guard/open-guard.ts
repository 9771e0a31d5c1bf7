import { createPublicKey, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { StartError } from '@picket/devices'
import { watchOverrides } from './by-hand.ts'
import { Guard, type GuardOptions } from './guard.ts'
import { type OutputConfig, openOutputs } from './output-config.ts'
import type { ActuatorTopics } from './outputs/actuator-topics.ts'

export interface OpenGuardOptions extends Omit<GuardOptions, 'key' | 'outputs'> {
  /** Data folder of the gateway. */
  folder: string
  signingKeyFile: string
  outputs: Record<string, OutputConfig>
  actuators: ActuatorTopics
}

/** A guard that follows the overrides made at the gateway. */
export interface OpenGuard {
  guard: Guard
  /** To be called when the sources run. */
  start(): void
  stop(): Promise<void>
}

/**
 * Opens the guard of a gateway.
 *
 * @throws StartError where the cloud's public key cannot be read
 */
export function openGuard(options: OpenGuardOptions): OpenGuard {
  const { folder, signingKeyFile, outputs, actuators, clock, log } = options
  const guard = new Guard({
    ...options,
    key: readSigningKey(signingKeyFile),
    outputs: openOutputs(outputs, actuators),
  })
  let stopWatching = (): void => {}
  return {
    guard,
    start() {
      guard.start()
      stopWatching = watchOverrides(folder, { clock, log, tell: overrides => guard.override(overrides) })
    },
    async stop() {
      stopWatching()
      await guard.stop()
    },
  }
}

/** @throws StartError where it is no Ed25519 public key in PEM */
export function readSigningKey(file: string): KeyObject {
  const hint = "copy the cloud's signing-key.pub there, or leave out guard"
  if (!existsSync(file)) throw new StartError('signing-key', `no public key of the cloud at ${file}; ${hint}`)
  try {
    const key = createPublicKey(readFileSync(file))
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Told below, as any other thing that is no such key.
  }
  throw new StartError('signing-key', `${file} holds no Ed25519 public key in PEM; ${hint}`)
}
