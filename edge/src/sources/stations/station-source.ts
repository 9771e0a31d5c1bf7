import { parseDuration, StartError } from '@picket/devices'
import { type Static, Type } from 'typebox'
import { AllowList, checkOpenness, Openness } from '../allow-list.ts'
import { Listening } from '../listening.ts'
import type { Source, SourceContext, SourceKind } from '../source.ts'
import { frameReaders } from './frame-reader.ts'
import { listenTcp } from './tcp.ts'
import { listenUdp } from './udp.ts'

const Settings = Type.Object(
  {
    ...Listening,
    transport: Type.Enum(['tcp', 'udp']),
    codec: Type.String({ description: 'what the stations speak, such as sl651' }),
    idle: Type.String({
      pattern: '^[1-9]\\d*(s|m|h)$',
      default: '15m',
      description: 'a connection that says nothing for so long is ended',
    }),
    maxConnections: Type.Integer({ minimum: 1, maximum: 1000, default: 64 }),
    ...Openness,
  },
  { additionalProperties: false },
)

/** Stations that send frames over TCP or UDP by themselves; each is answered after its readings are on disk. */
export const stationSource: SourceKind<typeof Settings> = { settings: Settings, start }

async function start(settings: Static<typeof Settings>, context: SourceContext): Promise<Source> {
  const { host, port, transport, codec, idle, maxConnections, from } = settings
  checkOpenness(context.name, settings)
  const readerFor = await frameReaders(codec, context)
  const parts = { host, port, readerFor, context, allowed: new AllowList(from) }
  if (transport === 'udp') return listenUdp(parts)
  if (!readerFor('').codec.framing)
    throw new StartError(
      'source-codec',
      `messages of ${codec} cannot be found in a stream; use transport: udp`,
    )
  return listenTcp({ ...parts, maxConnections, idleMs: parseDuration(idle) as number })
}
