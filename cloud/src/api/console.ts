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

/**
 * The console's built files at `/`, open to all: they hold no data. A page address that is no file is answered
 * with the console itself, which finds its own way.
 */
export async function serveConsole(api: Api, folder: string): Promise<void> {
  if (!existsSync(join(folder, INDEX))) {
    api.log.warn({ folder }, 'the console is not built: only the API answers')
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
    if (path === 'api' || path.startsWith('api/')) return notFound(request, reply)
    return send(reply, path || INDEX)
  })

  api.setNotFoundHandler((request, reply) =>
    wantsPage(request) ? send(reply, INDEX) : notFound(request, reply),
  )
}

// A person who opens or reloads an address of the console, not a file that is missing.
function wantsPage({ method, url, headers }: FastifyRequest): boolean {
  const path = url.split('?', 1)[0] as string
  const inside =
    !path.startsWith('/api') && !path.startsWith('/metrics') && !path.split('/').at(-1)?.includes('.')
  return method === 'GET' && inside && (headers.accept ?? '').includes('text/html')
}
