import { readFileSync } from 'node:fs'

const HEX = /^(?:[0-9A-Fa-f]{2})+$/
/** More than any frame, message or log of an evening; the decoder is for looking, not for archives. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

/** Input that cannot be read; the message is for the user. */
export class InputError extends Error {}

/** A text as the bytes that it writes in hex (blanks, commas, colons and 0x between them are left out), or its own. */
function bytesOf(text: string): Uint8Array {
  const digits = text.replace(/0x|[\s,:-]/gi, '')
  return HEX.test(digits) ? Buffer.from(digits, 'hex') : Buffer.from(text)
}

/**
 * The messages that a user names: hex or text as it stands, a file, or `-` for standard input. In a file of
 * text each line is a message, in hex or as it is; a file of JSON is one message, as is one of other bytes.
 *
 * @throws InputError where a file cannot be read
 */
export function messagesOf(input: string): Uint8Array[] {
  if (input === '-') return messagesOfFile(readFile(0, 'standard input'))
  const bytes = fileAt(input)
  return bytes === undefined ? [bytesOf(input)] : messagesOfFile(bytes)
}

function fileAt(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Longer than a name may be, or with a zero byte: no name of a file, so a message.
    if (code === 'ENAMETOOLONG' || code === 'ERR_INVALID_ARG_VALUE') return
    if (code !== 'ENOENT') throw new InputError(`${path} cannot be read (${code})`)
    if (/^[\w./\\-]+\.\w+$/.test(path)) throw new InputError(`there is no file ${path}`)
  }
}

function readFile(from: number, name: string): Uint8Array {
  try {
    return readFileSync(from)
  } catch (error) {
    throw new InputError(`${name} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function messagesOfFile(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length > MAX_FILE_BYTES)
    throw new InputError(`more than ${MAX_FILE_BYTES} bytes; cut the file first`)
  const text = textOf(bytes)
  if (text === undefined) return [bytes]
  if (isJson(text)) return [Buffer.from(text.trim())]
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '')
  return lines.map(bytesOf)
}

// Control characters other than line ends and tabs are in no text that a person keeps.
function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return /[^\P{Cc}\n\r\t]/u.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
