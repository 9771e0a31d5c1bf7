import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { CloudClient, CloudError } from '../cloud-client.ts'

export type { CloudClient }

/** Options of every command that asks a running cloud. */
export interface CloudOptions {
  url: string
  tokenFile?: string
}

const EXIT_REFUSED = 1
const EXIT_UNREADABLE = 2
// Nothing was asked, or nothing was answered.
const NO_ANSWER = new Set(['address', 'token', 'file', 'unreachable', 'strange'])

export const EXIT_CODES = '\nExit code: 0 done, 1 refused by the cloud, 2 the cloud or a file cannot be read.'

/** Where a cloud is that nobody named: on this machine, at its usual port. */
export const DEFAULT_URL = 'http://127.0.0.1:8080'

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

/** Does a command's work with a client; sets the exit code, and says in words why it cannot be done. */
export async function askCloud(
  options: CloudOptions,
  work: (cloud: CloudClient) => Promise<number>,
): Promise<void> {
  try {
    process.exitCode = await work(openCloud(options, process.env))
  } catch (error) {
    if (!(error instanceof CloudError)) throw error
    for (const line of [error.message, ...error.details]) console.error(line)
    process.exitCode = NO_ANSWER.has(error.code) ? EXIT_UNREADABLE : EXIT_REFUSED
  }
}
