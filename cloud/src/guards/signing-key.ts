import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '@picket/devices'

/**
 * The Ed25519 key with which the cloud signs what gateways are to run, made at the first start. `signing-key.pub` beside
 * it is what a gateway's file names.
 *
 * @param folder - the cloud's data folder
 * @throws StartError where the file holds no such key
 */
export function ensureSigningKey(folder: string): KeyObject {
  const file = join(folder, 'signing-key.pem')
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ed25519')
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flush: true })
  }
  const key = readKey(file)
  const publicFile = join(folder, 'signing-key.pub')
  if (!existsSync(publicFile))
    writeFileSync(publicFile, createPublicKey(key).export({ type: 'spki', format: 'pem' }))
  return key
}

function readKey(file: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(file))
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Told below, as any other thing that is no such key.
  }
  throw new StartError(
    'signing-key',
    `${file} holds no Ed25519 key; move it aside to make a new one, and give gateways the new signing-key.pub`,
  )
}
