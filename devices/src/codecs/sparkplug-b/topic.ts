import { wireName } from '../wire-name.ts'

const TYPES = ['NBIRTH', 'NDEATH', 'DBIRTH', 'DDEATH', 'NDATA', 'DDATA', 'NCMD', 'DCMD'] as const
type MessageType = (typeof TYPES)[number]

/** Who a message is of. */
export interface Address {
  type: MessageType
  /** `group.node`: the edge node. */
  node: string
  /** `group.node.device`, or the node where the message is its own. */
  device: string
}

/** A topic `spBv1.0/group/TYPE/node[/device]` (Sparkplug 3.0, clause 4); undefined where it is none. */
export function addressOf(topic: string): Address | undefined {
  const [namespace, group, type, node, device, more] = topic.split('/')
  const known = TYPES.find(each => each === type)
  if (namespace !== 'spBv1.0' || !group || !node || !known || more !== undefined) return
  const isDevice = known.startsWith('D')
  if (isDevice !== (device !== undefined && device !== '')) return
  const name = wireName(`${group}.${node}`)
  const own = isDevice ? wireName(`${group}.${node}.${device}`) : name
  return name === '' || own === '' ? undefined : { type: known, node: name, device: own }
}

/** The host application of a topic `spBv1.0/STATE/host`, whose payload is JSON. */
export const hostOf = (topic: string): string | undefined => /^spBv1\.0\/STATE\/([^/]+)$/.exec(topic)?.[1]
