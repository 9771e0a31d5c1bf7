import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where the demonstration's cloud tells its alarms. */
export interface DutyPhone {
  url: string
  close(): Promise<void>
}

interface Told {
  kind: string
  alarm: { level: string | null; rule: string; device: string | null; site: string; message: { en: string } }
}

const MOST_BYTES = 65_536

/**
 * The telephone of whoever is on duty: a webhook on this machine that says each message on a line of its own.
 *
 * @throws the system's error where no port is free
 */
export async function openDutyPhone(say: (line: string) => void): Promise<DutyPhone> {
  const server = createServer(async (request, response) => {
    const line = await readLine(request)
    if (line !== undefined) say(line)
    response.writeHead(line === undefined ? 400 : 204).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function readLine(request: IncomingMessage): Promise<string | undefined> {
  try {
    let body = ''
    for await (const chunk of request) {
      body += chunk
      if (body.length > MOST_BYTES) return undefined
    }
    const told = JSON.parse(body)
    return typeof told?.alarm?.message?.en === 'string' ? lineOf(told) : undefined
  } catch {
    return undefined
  }
}

const lineOf = ({ kind, alarm: { level, rule, device, site, message } }: Told): string =>
  `duty phone: ${kind}${kind === 'cleared' ? '' : ` ${level}`}, ${rule} at ${device ?? site}: ${message.en}`
