import { EXCHANGE_LIFETIME_MS } from './exchanges.ts'

/** Longest message that is put together from blocks. */
export const MAX_BODY_BYTES = 64 * 1024
/** Transfers under way; the one that paused longest is given up for a further one. */
const MAX_TRANSFERS = 64

/** The Block1 option (RFC 7959, section 2.2). */
export interface Block {
  /** Which block, from 0. */
  number: number
  more: boolean
  sizeBytes: number
}

interface Transfer {
  parts: Buffer[]
  lengthBytes: number
  newestMs: number
}

export type BlockOutcome = 'continue' | 'incomplete' | 'too-large' | { body: Buffer }

/** Reads a Block1 option; undefined where it is none. */
export function readBlock(option: Buffer): Block | undefined {
  if (option.length > 3) return undefined
  const value = option.length === 0 ? 0 : option.readUIntBE(0, option.length)
  // Size exponent 7 is reserved.
  if ((value & 7) === 7) return undefined
  return { number: value >>> 4, more: (value & 8) !== 0, sizeBytes: 2 ** ((value & 7) + 4) }
}

/** Messages that come in blocks, put together in order (RFC 7959, section 2.5). */
export class BlockTransfers {
  readonly #elapsedMs: () => number
  // In the order of their newest block.
  readonly #open = new Map<string, Transfer>()

  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs
  }

  /** @param key - peer and resource: what all blocks of a message share */
  add(key: string, { number, more, sizeBytes }: Block, payload: Buffer): BlockOutcome {
    this.#forgetOld()
    const transfer = number === 0 ? { parts: [], lengthBytes: 0, newestMs: 0 } : this.#open.get(key)
    this.#open.delete(key)
    if (!transfer || transfer.lengthBytes !== number * sizeBytes) return 'incomplete'
    if (payload.length > sizeBytes || (more && payload.length !== sizeBytes)) return 'incomplete'
    if (transfer.lengthBytes + payload.length > MAX_BODY_BYTES) return 'too-large'
    transfer.parts.push(Buffer.from(payload))
    transfer.lengthBytes += payload.length
    transfer.newestMs = this.#elapsedMs()
    if (!more) return { body: Buffer.concat(transfer.parts) }
    this.#open.set(key, transfer)
    if (this.#open.size > MAX_TRANSFERS) this.#open.delete(this.#open.keys().next().value as string)
    return 'continue'
  }

  #forgetOld(): void {
    const oldest = this.#elapsedMs() - EXCHANGE_LIFETIME_MS
    for (const [key, { newestMs }] of this.#open) {
      if (newestMs > oldest) return
      this.#open.delete(key)
    }
  }
}
