import { rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Log } from '@picket/devices/runtime'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'

/** How a running gateway says it is. */
export const GatewayState = Type.Object({
  gateway: Type.String(),
  /** ms UTC. */
  startedAt: Type.Number(),
  /** The cloud has answered its hello on the present connection. */
  connected: Type.Boolean(),
  sources: Type.Array(
    Type.Object({
      name: Type.String(),
      type: Type.String(),
      isRunning: Type.Boolean(),
      port: Type.Optional(Type.Number()),
      fault: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
    }),
  ),
  clock: Type.Object({
    /** The time by which it goes, ms UTC. */
    now: Type.Number(),
    trust: Type.Enum(['known', 'plausible', 'suspect']),
    /** How far the machine's clock is ahead of that. */
    hostAheadMs: Type.Optional(Type.Number()),
  }),
  outbox: Type.Object({
    pendingRecords: Type.Number(),
    /** 1 is full. */
    fill: Type.Number(),
    droppedRecords: Type.Number(),
    setAside: Type.Number(),
  }),
})
export type GatewayState = Static<typeof GatewayState>

const ANSWER_TIMEOUT_MS = 3000
const MAX_ASKING = 4
const MAX_ANSWER_BYTES = 1_000_000

const socketIn = (folder: string): string => join(folder, 'state.sock')

/**
 * Answers whoever connects to a socket in the data folder with the gateway's state, as JSON; nothing is read and nothing
 * written to the disk. The folder's mode says who may ask. Where it cannot listen, the gateway goes on without.
 */
export function answerWithState(folder: string, state: () => GatewayState, log: Log): { stop(): void } {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy())
    socket.end(JSON.stringify(state()))
  })
  server.maxConnections = MAX_ASKING
  server.on('error', error => log.warn({ error }, 'the doctor cannot ask this gateway'))
  // Of a run that was killed: the outbox is ours, so that no other one listens there.
  rmSync(socketIn(folder), { force: true })
  server.listen(socketIn(folder))
  server.unref()
  return { stop: () => server.close() }
}

/** What the gateway of a data folder says of itself; undefined where none runs, 'silent' where it does not answer. */
export function askState(folder: string): Promise<GatewayState | 'silent' | undefined> {
  return new Promise(resolve => {
    let text = ''
    const socket = connect(socketIn(folder))
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => {
      resolve('silent')
      socket.destroy()
    })
    socket.on('error', () => resolve(undefined))
    socket.on('data', chunk => {
      text += chunk
      if (text.length > MAX_ANSWER_BYTES) socket.destroy()
    })
    socket.on('close', () => resolve(readState(text)))
  })
}

function readState(text: string): GatewayState | 'silent' {
  try {
    const state: unknown = JSON.parse(text)
    if (Value.Check(GatewayState, state)) return state
  } catch {
    // Told as silence: it is no gateway that we know.
  }
  return 'silent'
}
