import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Change, FileCall, Naming } from './trace.ts'

/** What a drive writes as a whole or not at all. */
const SECTOR_BYTES = 512

type Placed = Exclude<Change, { kind: 'append' }>

class File {
  /** As it is on the disk whatever happens. */
  lasting: Buffer = Buffer.alloc(0)
  /** Made since the last sync of the file: any part of it may be on the disk. */
  pending: Placed[] = []
  readonly isFolder: boolean
  #size = 0

  constructor(isFolder: boolean) {
    this.isFolder = isFolder
  }

  change(change: Change): void {
    // Files that are not SQLite's are written from their begin to their end.
    const made = change.kind === 'append' ? { ...change, kind: 'write' as const, offset: this.#size } : change
    this.#size = made.kind === 'truncate' ? made.size : Math.max(this.#size, made.offset + made.bytes.length)
    this.pending.push(made)
  }
}

/** Asked for each sector of a pending change, and each pending name, in the order in which they were made: is it on the disk? */
export type Keeps = () => boolean

/**
 * A folder as a disk may hold it: what was synced is there, and of what was not any part, in any order. A name is only
 * sure once its folder was synced, as POSIX has it.
 */
export class Disk {
  readonly #folder: string
  readonly #names = new Map<string, File>()
  readonly #lastingNames = new Map<string, File>()
  #pendingNames: { call: Naming; file: File }[] = []

  /** @param folder - empty, and sure to be there after a power cut */
  constructor(folder: string) {
    this.#folder = folder
    const root = new File(true)
    this.#names.set(folder, root)
    this.#lastingNames.set(folder, root)
  }

  apply(call: FileCall): void {
    if (call.kind === 'sync') this.#sync(call.path)
    else if (call.kind === 'write' || call.kind === 'truncate' || call.kind === 'append')
      this.#file(call.path).change(call)
    else if (call.kind === 'unlink' || call.kind === 'rename') this.#name(call, this.#file(call.path))
    else if (!this.#names.has(call.path)) this.#name(call, new File(call.kind === 'mkdir'))
    else if (call.kind === 'create' && call.empties)
      this.#file(call.path).change({ kind: 'truncate', path: call.path, size: 0 })
  }

  /** How often `image` will ask. */
  get pending(): number {
    let count = this.#pendingNames.length
    for (const { pending } of this.#names.values())
      for (const change of pending) count += change.kind === 'write' ? [...sectors(change)].length : 1
    return count
  }

  /** Writes the folder, as a power cut at this moment could leave it, to another one that does not exist. */
  image(target: string, keeps: Keeps): void {
    const names = new Map(this.#lastingNames)
    for (const { call, file } of this.#pendingNames) if (keeps()) rename(names, call, file)
    const folders = new Set([dirname(this.#folder)])
    // Folders come before what lies in them; what lies in one whose own name is lost cannot be found.
    for (const path of [...names.keys()].sort()) {
      const file = names.get(path) as File
      if (!folders.has(dirname(path))) continue
      const place = join(target, path.slice(this.#folder.length))
      if (file.isFolder) {
        mkdirSync(place)
        folders.add(path)
      } else writeFileSync(place, contentOf(file, keeps))
    }
  }

  #name(call: Naming, file: File): void {
    rename(this.#names, call, file)
    this.#pendingNames.push({ call, file })
  }

  #file(path: string): File {
    const file = this.#names.get(path)
    if (!file) throw new Error(`a call on ${path}, which was never made`)
    return file
  }

  #sync(path: string): void {
    const isHere = ({ call }: { call: Naming }): boolean => dirname(call.path) === path
    for (const { call, file } of this.#pendingNames.filter(isHere)) rename(this.#lastingNames, call, file)
    this.#pendingNames = this.#pendingNames.filter(one => !isHere(one))
    const file = this.#file(path)
    file.lasting = contentOf(file, () => true)
    file.pending = []
  }
}

function rename(names: Map<string, File>, call: Naming, file: File): void {
  if (call.kind === 'create' || call.kind === 'mkdir') names.set(call.path, file)
  else names.delete(call.path)
  if (call.kind === 'rename') names.set(call.to, file)
}

function contentOf({ lasting, pending }: File, keeps: Keeps): Buffer {
  const most = pending.reduce(
    (size, change) =>
      Math.max(size, change.kind === 'write' ? change.offset + change.bytes.length : change.size),
    lasting.length,
  )
  const content = Buffer.alloc(most)
  lasting.copy(content)
  let size = lasting.length
  for (const change of pending) {
    if (change.kind === 'truncate') {
      if (!keeps()) continue
      content.fill(0, Math.min(size, change.size))
      size = change.size
    } else
      for (const [from, to] of sectors(change)) {
        if (!keeps()) continue
        change.bytes.copy(content, from, from - change.offset, to - change.offset)
        size = Math.max(size, to)
      }
  }
  return content.subarray(0, size)
}

function* sectors({ offset, bytes }: Extract<Placed, { kind: 'write' }>): Generator<[number, number]> {
  const end = offset + bytes.length
  for (let from = offset; from < end; ) {
    const to = Math.min(end, (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES)
    yield [from, to]
    from = to
  }
}
