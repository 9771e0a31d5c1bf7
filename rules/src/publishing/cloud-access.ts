import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { CloudClient, CloudError } from '../cloud-client.ts'

/** Options of every command that asks a running cloud. */
export interface CloudOptions {
  url: string
  tokenFile?: string
}

const DEFAULT_URL = 'http://127.0.0.1:8080'

/** Adds the options that name a running cloud; the token itself is never an argument, which others could read. */
export const withCloud = (command: Command): Command =>
  command
    .option('--url <address>', 'of the cloud', DEFAULT_URL)
    .option('--token-file <file>', 'file with an API token; else the environment variable PICKET_TOKEN')

/** A client of the cloud that the options name. @throws CloudError */
export function openCloud({ url, tokenFile }: CloudOptions, environment: NodeJS.ProcessEnv): CloudClient {
  const token = tokenFile === undefined ? environment.PICKET_TOKEN : readToken(tokenFile)
  if (!token) throw new CloudError('token', 'no token: name a --token-file, or set PICKET_TOKEN')
  return new CloudClient({ url, token })
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new CloudError('token', `${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}
