import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'

// What is said of a write has a few hundred bytes; packed, so many may become a thousand times as many.
const MAX_ANSWER_BYTES = 65_536

/** Connections that end when an answer has too many bytes: the client would gather all of an error, however long. */
export function boundedAgent(url: string): HttpAgent {
  const agent = new (url.startsWith('https:') ? HttpsAgent : HttpAgent)({ keepAlive: true })
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (options, done) => {
    const socket = connect(options, done)
    let bytes = 0
    socket?.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_ANSWER_BYTES) socket.destroy(new AnswerTooLong())
    })
    // The answer is over, and the next request may have the connection.
    socket?.on('free', () => {
      bytes = 0
    })
    return socket
  }
  return agent
}

class AnswerTooLong extends Error {
  readonly code = `an answer of more than ${MAX_ANSWER_BYTES} bytes`
}
