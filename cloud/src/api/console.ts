import { existsSync } from 'node:fs'
import { join } from 'node:path'
import staticFiles from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from './error-replies.ts'
import type { Api } from './routes/api.ts'

const INDEX = 'index.html'
// Vite puts a hash of the content into the names under assets/, so a name never changes its content.
const HASHED = 'assets/'
const YEAR_S = 31_536_000
// Never an address of the console: a program that mistypes a route must not be answered with a page.
const RESERVED = /^(api|metrics)(\/|$)/

/**
 * The console's built files at `/`, open to all: they hold no data. A page address that is no file is answered
 * with the console itself, which finds its own way. Without built files only the API answers.
 */
export async function serveConsole(api: Api, folder: string | undefined): Promise<void> {
  if (folder === undefined || !existsSync(join(folder, INDEX))) {
    if (folder !== undefined) api.log.warn({ folder }, 'the console is not built: only the API answers')
    return
  }
  await api.register(staticFiles, {
    root: folder,
    serve: false,
    dotfiles: 'deny',
    cacheControl: false,
  })

  const send = (reply: FastifyReply, path: string): FastifyReply => {
    const caching = path.startsWith(HASHED) ? `public, max-age=${YEAR_S}, immutable` : 'no-cache'
    return reply.header('cache-control', caching).sendFile(path)
  }

  api.get('/*', { config: { access: 'open' }, schema: { hide: true } }, (request, reply) => {
    const path = (request.params as { '*': string })['*']
    if (RESERVED.test(path)) return notFound(request, reply)
    return send(reply, path === '' || isPage(path, request) ? INDEX : path)
  })
}

// A person who opens or reloads an address of the console: every built file but the index has a dot in its name.
const isPage = (path: string, { headers }: FastifyRequest): boolean =>
  !path.split('/').at(-1)?.includes('.') && (headers.accept ?? '').includes('text/html')
