import { BlockList, isIP, isIPv6 } from 'node:net'
import { StartError } from '@picket/devices'
import { Type } from 'typebox'
import { isLoopback, openError } from './listening.ts'

/** What sources without credentials of their own have in common. */
export const Openness = {
  from: Type.Optional(
    Type.Array(Type.String(), {
      maxItems: 1000,
      description: 'addresses that may send, such as 10.20.0.0/16; all of them without it',
    }),
  ),
  inTheClear: Type.Boolean({ default: false, description: 'other machines may send from anywhere' }),
}

/** The addresses that may send to a source. */
export class AllowList {
  readonly #list: BlockList | undefined

  /** @throws StartError for a range that is none */
  constructor(ranges: readonly string[] | undefined) {
    if (!ranges) return
    const list = new BlockList()
    for (const range of ranges) addRange(list, range)
    this.#list = list
  }

  has(address: string): boolean {
    // An IPv4 peer of a socket that speaks both is ::ffff:10.0.0.1.
    const plain = plainAddress(address)
    return this.#list?.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4') ?? true
  }
}

/** An address as people write it. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '')

function addRange(list: BlockList, range: string): void {
  const [address = '', prefix] = range.split('/')
  const family = isIP(address)
  const bits = prefix === undefined ? (family === 6 ? 128 : 32) : Number(prefix)
  if (family === 0 || !Number.isInteger(bits) || bits < 0 || bits > (family === 6 ? 128 : 32))
    throw new StartError('source-from', `from: ${range} is no address and no range such as 10.20.0.0/16`)
  list.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4')
}

/** @throws StartError where anybody on the network could send readings in the names of the devices */
export function checkOpenness(
  source: string,
  { host, from, inTheClear }: { host: string; from?: readonly string[]; inTheClear: boolean },
): void {
  if (isLoopback(host) || from || inTheClear) return
  throw openError(
    source,
    host,
    'name the addresses that may send (from), or set inTheClear: true where nobody else reaches this port, who could send readings in the names of the devices',
  )
}
