import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StartError } from '@picket/devices'
import { type Log, METRICS_CONTENT_TYPE } from '@picket/devices/runtime'
import { isLoopback } from '../sources/listening.ts'
import type { MetricsSection } from './metrics-section.ts'

export interface MetricsPage {
  /** Where it listens; undefined where it could not. */
  port: number | undefined
  stop(): Promise<void>
}

interface PageOptions {
  text: () => string
  resolve: (path: string) => string
  log: Log
  /** Somebody asked who may not. */
  onRefused: () => void
}

const SHORTEST_TOKEN = 32
const MAX_CONNECTIONS = 8
const TIMEOUT_MS = 10_000

/**
 * Serves `GET /metrics` to whoever bears the token. A port that is taken costs the page alone: the gateway goes on.
 *
 * @throws StartError where the token is missing or short, or other machines could ask without TLS
 */
export async function openMetricsPage(section: MetricsSection, options: PageOptions): Promise<MetricsPage> {
  const { host, port, tokenFile, tls } = section
  const { resolve, log } = options
  if (!isLoopback(host) && !tls)
    throw new StartError('metrics-open', `metrics.host ${host} is open to other machines: set metrics.tls`)
  const expected = digest(`Bearer ${readToken(resolve(tokenFile))}`)
  const answer = (request: IncomingMessage, response: ServerResponse): void =>
    reply(request, response, { ...options, expected })
  const settings = {
    requestTimeout: TIMEOUT_MS,
    headersTimeout: TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_MS,
  }
  const server: Server = tls
    ? (await import('node:https')).createServer(
        { ...settings, cert: read(resolve(tls.certFile)), key: read(resolve(tls.keyFile)) },
        answer,
      )
    : createServer(settings, answer)
  server.maxConnections = MAX_CONNECTIONS
  const isListening = await new Promise<boolean>(done => {
    server.on('error', error => {
      log.error({ error, port }, 'the metrics cannot be served; the gateway goes on without')
      done(false)
    })
    server.listen(port, host, () => done(true))
  })
  return {
    port: isListening ? (server.address() as AddressInfo).port : undefined,
    async stop() {
      if (!isListening) return
      server.closeAllConnections()
      await new Promise(done => server.close(done))
    },
  }
}

function reply(
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  { expected, text, onRefused }: PageOptions & { expected: Buffer },
): void {
  const say = (status: number, words: string, more = {}): void => {
    // Nobody has anything to send here: what comes with a request is not read.
    response.writeHead(status, { 'content-type': 'text/plain', connection: 'close', ...more }).end(words)
  }
  if (!timingSafeEqual(digest(headers.authorization ?? ''), expected)) {
    onRefused()
    say(401, 'this needs the token of metrics.tokenFile\n', { 'www-authenticate': 'Bearer' })
  } else if (url !== '/metrics') say(404, 'there is /metrics and nothing else\n')
  else if (method !== 'GET') say(405, 'only GET\n', { allow: 'GET' })
  else say(200, text(), { 'content-type': METRICS_CONTENT_TYPE })
}

// Of equal length, whatever was sent.
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

function readToken(file: string): string {
  const token = read(file).trim()
  if (token.length < SHORTEST_TOKEN)
    throw new StartError(
      'metrics-token',
      `the token in ${file} is shorter than ${SHORTEST_TOKEN} characters; make one with: openssl rand -hex 32`,
    )
  return token
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new StartError(
      'metrics-file',
      `metrics: cannot read ${file} (${(error as NodeJS.ErrnoException).code})`,
    )
  }
}
