import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { writeState } from '../status/state-file.ts'

/** A message that was refused, as far as it is kept. */
const Refused = Type.Object({
  at: Type.Integer({ description: 'ms UTC' }),
  source: Type.String(),
  reason: Type.String(),
  length: Type.Integer({ description: 'bytes that came' }),
  bytes: Type.String({ description: 'the first of them, base64' }),
})
export type Refused = Static<typeof Refused>
const QuarantineFile = Type.Object({ refused: Type.Array(Refused) })

/** Of one source and one kind of fault; then the oldest of these goes. */
const MOST_OF_A_KIND = 8
/** Of one message. */
const MOST_BYTES = 4096
/** Of all messages; then the oldest goes. A note of what was left out is not needed: the counts are told. */
const MOST_BYTES_IN_ALL = 256 * 1024
/** What a message takes beside its bytes. */
const FRAME_BYTES = 200

const fileIn = (folder: string): string => join(folder, 'refused.json')

/**
 * The newest refused messages with their bytes, so that somebody can see what a sensor really said. A file keeps them over
 * restarts; it is written with each report in which there are new ones, which spares the card, so a power cut takes those of
 * the last interval.
 */
export class Quarantine {
  readonly #folder: string
  readonly #refused: Refused[] = []
  #size = 0
  #isChanged = false

  constructor(folder: string) {
    this.#folder = folder
    for (const one of readQuarantine(folder)) this.#put(one)
  }

  add({ at, source, reason, bytes }: Omit<Refused, 'length' | 'bytes'> & { bytes: Uint8Array }): void {
    const kept = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MOST_BYTES))
    const one = { at, source, reason, length: bytes.length, bytes: kept.toString('base64') }
    this.#put(one)
    this.#isChanged = true
  }

  /** Writes what is new. Throws the disk's error. */
  save(): void {
    if (!this.#isChanged) return
    const content: Static<typeof QuarantineFile> = { refused: this.#refused }
    writeState(fileIn(this.#folder), content)
    this.#isChanged = false
  }

  #put(one: Refused): void {
    const kind = kindOf(one)
    const alike = this.#refused.filter(other => kindOf(other) === kind)
    if (alike.length >= MOST_OF_A_KIND) this.#remove(this.#refused.findIndex(other => kindOf(other) === kind))
    this.#refused.push(one)
    this.#size += sizeOf(one)
    while (this.#size > MOST_BYTES_IN_ALL) this.#remove(0)
  }

  #remove(at: number): void {
    const [gone] = this.#refused.splice(at, 1)
    if (gone) this.#size -= sizeOf(gone)
  }
}

/** What a gateway refused lately, the oldest first; nothing where no file that can be read is there. */
export function readQuarantine(folder: string): Refused[] {
  try {
    const content: unknown = JSON.parse(readFileSync(fileIn(folder), 'utf8'))
    return Value.Check(QuarantineFile, content) ? content.refused : []
  } catch {
    return []
  }
}

// The words behind the code may tell of this one message alone.
const kindOf = ({ source, reason }: Refused): string => `${reason.split(':', 1)[0]} ${source}`

const sizeOf = ({ bytes, source, reason }: Refused): number =>
  bytes.length + source.length + reason.length + FRAME_BYTES
