import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** A system call that changes what a file holds. */
export type Change =
  | { kind: 'write'; path: string; offset: number; bytes: Buffer }
  | { kind: 'append'; path: string; bytes: Buffer }
  | { kind: 'truncate'; path: string; size: number }

/** A system call that changes the names in a folder. */
export type Naming =
  | { kind: 'create'; path: string; empties: boolean }
  | { kind: 'mkdir' | 'unlink'; path: string }
  | { kind: 'rename'; path: string; to: string }

/** A system call on a file or folder. */
export type FileCall = Change | Naming | { kind: 'sync'; path: string }

/** Bytes that passed through a socket. */
interface SocketCall {
  kind: 'received' | 'sent'
  socket: string
  bytes: Buffer
}

export type Call = FileCall | SocketCall

// What changes a file in a way that is not modelled below; met inside the folder, it ends the proof.
const UNMODELLED =
  'pwritev,pwritev2,fallocate,link,linkat,symlink,truncate,sync_file_range,msync,copy_file_range,sendfile'
const MODELLED = 'openat,mkdir,unlink,rename,pwrite64,ftruncate,fsync,fdatasync,read,write,writev,lseek'
const RESERVE = '/reserve'
const SOCKET = '/state.sock'
/** A page of SQLite is written in one call; what a sensor sends at a time is shorter. */
const LONGEST_STRING = 4200

/** The words of `strace` that record what `readTrace` reads, before the command. */
export const STRACE = [
  ...['-f', '--seccomp-bpf', '-y', '-xx', '-s', String(LONGEST_STRING)],
  ...['-e', `trace=${MODELLED},${UNMODELLED}`, '-e', 'signal=none'],
]

/**
 * The calls on files in a folder, the folder itself included, and on sockets, in the order in which they returned.
 *
 * @throws Error for a call that changes a file in a way that is not known here
 */
export async function* readTrace(file: string, folder: string): AsyncGenerator<Call> {
  const begun = new Map<string, string>()
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const space = line.indexOf(' ')
    const thread = line.slice(0, space)
    let text = line.slice(space).trimStart()
    const resumed = /^<\.\.\. \w+ resumed>/.exec(text)
    if (resumed) text = begun.get(thread) + text.slice(resumed[0].length)
    if (text.endsWith('<unfinished ...>')) begun.set(thread, text.slice(0, -'<unfinished ...>'.length))
    else {
      const call = callOf(text, folder)
      if (call) yield call
    }
  }
}

const DESCRIPTOR = String.raw`\d+<((?:\\x[0-9a-f]{2})*)>(?:\(deleted\))?`
const STRING = String.raw`"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?`
const CALL = /^(\w+)\((.*)\)\s+= (-?\d+)/s
const AT_DESCRIPTOR = new RegExp(`^${DESCRIPTOR}(?:, (.*))?$`, 's')
const PATHS = new RegExp(`^(?:AT_FDCWD<[^>]*>, )?${STRING}(?:, (.*))?$`, 's')
const BYTES = new RegExp(STRING, 'g')

function callOf(text: string, folder: string): Call | undefined {
  const [, name, words, result] = CALL.exec(text) ?? []
  if (name === undefined || words === undefined || Number(result) < 0) return undefined
  const [, hex = '', rest = ''] = AT_DESCRIPTOR.exec(words) ?? PATHS.exec(words) ?? []
  const path = unhex(hex).toString()
  if (path.startsWith('socket:')) return socketCall(name, path, text)
  if (path !== folder && !path.startsWith(`${folder}/`)) return undefined
  // One only takes room, the other is a name for programs that run.
  if (path.endsWith(RESERVE) || path.endsWith(SOCKET)) return undefined
  switch (name) {
    case 'openat':
      if (!words.includes('O_CREAT')) return undefined
      return { kind: 'create', path, empties: words.includes('O_TRUNC') }
    case 'mkdir':
    case 'unlink':
      return { kind: name, path }
    case 'rename':
      return { kind: 'rename', path, to: (bytesOf(text).at(-1) as Buffer).toString() }
    case 'pwrite64':
      return { kind: 'write', path, offset: Number(words.split(', ').at(-1)), bytes: onlyBytes(text) }
    case 'write':
      return { kind: 'append', path, bytes: onlyBytes(text) }
    case 'ftruncate':
      return { kind: 'truncate', path, size: Number(rest) }
    case 'fsync':
    case 'fdatasync':
      return { kind: 'sync', path }
    case 'read':
    case 'lseek':
      return undefined
    default:
      throw new Error(`a call that is not modelled: ${text.slice(0, 200)}`)
  }
}

function socketCall(name: string, socket: string, text: string): SocketCall | undefined {
  if (name === 'read') return { kind: 'received', socket, bytes: onlyBytes(text) }
  if (name === 'write' || name === 'writev') return { kind: 'sent', socket, bytes: onlyBytes(text) }
  return undefined
}

// The bytes of all buffers of a call that wrote or read all of them.
const onlyBytes = (text: string): Buffer => Buffer.concat(bytesOf(text))

function bytesOf(text: string): Buffer[] {
  return [...text.matchAll(BYTES)].map(([, hex, cut]) => {
    if (cut) throw new Error(`a call longer than the trace keeps: ${text.slice(0, 200)}`)
    return unhex(hex as string)
  })
}

const unhex = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex')
