import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ROOT } from '../support/installation.ts'

const PROJECT = join(ROOT, 'cloud', 'grafana')
const PROXY = '/grafana/api/datasources/proxy/uid/picket/'

/** What `npm run grafana:build` makes. */
export const MODULE = join(PROJECT, 'dist', 'module.js')

const FILES: Record<string, string> = {
  '/react.js': join(PROJECT, 'node_modules/react/umd/react.production.min.js'),
  '/react-dom.js': join(PROJECT, 'node_modules/react-dom/umd/react-dom.production.min.js'),
  '/rxjs.js': join(PROJECT, 'node_modules/rxjs/dist/bundles/rxjs.umd.min.js'),
  '/grafana.js': join(import.meta.dirname, 'grafana.js'),
  '/module.js': MODULE,
}
const PAGE = `<!doctype html><meta charset="utf-8"><base href="/grafana/"><div id="editor"></div>${Object.keys(
  FILES,
)
  .map(path => `<script src="/grafana${path}"></script>`)
  .join('')}`

interface Route {
  path: string
  method: string
  url: string
  headers: { name: string; content: string }[]
}

/** How Grafana keeps a data source. */
export interface Kept {
  jsonData: Record<string, string>
  secureJsonData: Record<string, string>
}

/**
 * As much of Grafana's server as a data source meets: its page, and the proxy with the routes of the built `plugin.json`,
 * after Grafana's own (pkg/api/pluginproxy/ds_proxy.go, ds_auth_provider.go).
 */
export class GrafanaServer {
  /** What the proxy asked the cloud for, as method and path with its query. */
  readonly forwarded: string[] = []
  readonly #server: Server
  readonly #routes: Route[]
  readonly #streams = new Set<ServerResponse>()
  kept: Kept

  private constructor(kept: Kept) {
    this.kept = kept
    this.#routes = JSON.parse(readFileSync(join(PROJECT, 'dist', 'plugin.json'), 'utf8')).routes
    this.#server = createServer((incoming, reply) => this.#serve(incoming, reply))
  }

  static async start(kept: Kept): Promise<GrafanaServer> {
    const grafana = new GrafanaServer(kept)
    await new Promise<void>(resolve => grafana.#server.listen(0, '127.0.0.1', resolve))
    return grafana
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Cuts every stream of events. */
  cutStreams(): void {
    for (const reply of this.#streams) reply.destroy()
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #serve(incoming: IncomingMessage, reply: ServerResponse): void {
    const path = incoming.url ?? ''
    const file = FILES[path.replace('/grafana', '')]
    if (path === '/grafana/') reply.setHeader('content-type', 'text/html').end(PAGE)
    else if (file) reply.setHeader('content-type', 'text/javascript').end(readFileSync(file))
    else if (path.startsWith(PROXY)) this.#forward(path.slice(PROXY.length), incoming, reply)
    else reply.writeHead(404).end()
  }

  #forward(asked: string, incoming: IncomingMessage, reply: ServerResponse): void {
    const [path = '', query] = asked.split(/\?(.*)/s)
    const route = this.#routes.find(one => one.method === incoming.method && path.startsWith(one.path))
    if (!route) return void reply.writeHead(502).end('no route')
    const target = new URL(this.#fill(route.url))
    // Grafana takes what is encoded for a path that is not, and so encodes it a second time.
    target.pathname += path.slice(route.path.length).replaceAll('%', '%25')
    target.search = query === undefined ? '' : `?${query}`
    this.forwarded.push(`${incoming.method} ${target.pathname}${target.search}`)
    const headers = Object.fromEntries(route.headers.map(({ name, content }) => [name, this.#fill(content)]))
    const onward = request(target, { method: incoming.method, headers }, answer => {
      if (answer.statusCode === 401) {
        answer.resume()
        return reply.writeHead(400).end('Authentication to data source failed')
      }
      reply.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] ?? '' })
      this.#streams.add(reply)
      answer.pipe(reply)
    })
    reply.on('close', () => {
      this.#streams.delete(reply)
      onward.destroy()
    })
    onward.on('error', () => reply.destroy())
    onward.end()
  }

  #fill(template: string): string {
    return template.replace(/\{\{ \.(JsonData|SecureJsonData)\.(\w+) \}\}/g, (_, part, name) =>
      String((part === 'JsonData' ? this.kept.jsonData : this.kept.secureJsonData)[name] ?? ''),
    )
  }
}
