import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One attempt at a notification. */
export interface Delivery {
  key: string
  /** False where it was refused: it must come again, under the same key. */
  taken: boolean
  body: { kind: string; at: number; alarm: { id: string; rule: string; device: string } }
}

/** A web server that takes notifications and keeps them. */
export class WebhookReceiver {
  /** In the order of arrival, repeats included. */
  readonly deliveries: Delivery[] = []
  readonly url: string
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }

  /** @param refuse - asked for each; what it refuses is answered with 503 */
  static async start(refuse: () => boolean): Promise<WebhookReceiver> {
    const server = createServer(async (request, reply) => {
      let text = ''
      for await (const chunk of request) text += chunk
      const taken = !refuse()
      const key = String(request.headers['idempotency-key'])
      receiver.deliveries.push({ key, taken, body: JSON.parse(text) })
      reply.writeHead(taken ? 204 : 503).end()
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const receiver = new WebhookReceiver(server)
    return receiver
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}
