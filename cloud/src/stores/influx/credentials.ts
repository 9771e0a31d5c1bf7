import { readFileSync } from 'node:fs'
import { StartError } from '@picket/devices'
import type { InfluxConfig } from './config.ts'

/** What a server is shown, and what nobody else may see. */
export class Credentials {
  readonly #words: string
  readonly #version: InfluxConfig['version']

  constructor(words: string, version: InfluxConfig['version']) {
    this.#words = words
    this.#version = version
  }

  /** The header of this name. Version 1 has users and passwords, and knows `Token` from 1.8 on only. */
  get authorization(): string {
    return this.#version === 1 ? `Basic ${base64(this.#words)}` : `Token ${this.#words}`
  }

  /** What a server said, without them: some that refuse a request repeat it. */
  outOf(said: string): string {
    const password = this.#words.slice(this.#words.indexOf(':') + 1)
    const secrets = [this.#words, base64(this.#words), password].filter(Boolean)
    return secrets.reduce((text, secret) => text.replaceAll(secret, '***'), said)
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/**
 * The credentials as they are now: they can be changed without a restart.
 *
 * @throws StartError where they cannot be any: clients repeat the value of a header that they cannot send
 */
export function readCredentials({ tokenFile, version }: InfluxConfig): Credentials | undefined {
  if (tokenFile === undefined) return undefined
  const words = readFileSync(tokenFile, 'utf8').trim()
  if (!(version === 1 ? /^[^\p{Cc}:]+:\P{Cc}*$/u : /^[\x20-\x7e]+$/).test(words)) {
    const wanted = version === 1 ? 'user:password' : 'the token in ASCII'
    throw new StartError('influx-token', `${tokenFile} must hold ${wanted}, one line and nothing else`)
  }
  return new Credentials(words, version)
}
