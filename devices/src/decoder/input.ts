import { readFileSync } from 'node:fs'

const HEX = /^(?:[0-9A-Fa-f]{2})+$/
/** More than any frame, message or log of an evening; the decoder is for looking, not for archives. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

/** Input that cannot be read; the message is for the user. */
export class InputError extends Error {}

/** How an input is to be taken: as hex where it looks like that, as the text that it is, or as one table of text. */
export type InputKind = 'guess' | 'text' | 'table'

/** A text as the bytes that it writes in hex (blanks, commas, colons and 0x between them are left out), or its own. */
function bytesOf(text: string, kind: InputKind): Uint8Array {
  if (kind !== 'guess') return Buffer.from(text)
  const digits = text.replace(/0x|[\s,:-]/gi, '')
  if (HEX.test(digits)) return Buffer.from(digits, 'hex')
  const wrong = wrongHex(digits)
  if (wrong !== undefined) throw new InputError(`${brief(text)}: ${wrong}; --as text takes it as it is`)
  return Buffer.from(text)
}

/** What is wrong with a text that was meant to be hex; undefined where it was not. */
function wrongHex(digits: string): string | undefined {
  if (!/^\w+$/.test(digits) || digits.length < 3) return
  const at = digits.search(/[^0-9A-Fa-f]/)
  if (at < 0) return `${digits.length} hex digits, an odd number: one is missing or too many`
  const others = digits.replace(/[0-9A-Fa-f]/g, '').length
  if (others > 3 || others > digits.length / 5) return
  return `digit ${at + 1}, "${digits[at]}", is no hex digit`
}

const brief = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}...` : text)

/**
 * The messages that a user names: hex or text as it stands, a file, or `-` for standard input. In a file of
 * text each line is a message, in hex or as it is; a file of JSON or a table is one message, as is one of other bytes.
 *
 * @throws InputError where a file cannot be read, or there is no message
 */
export function messagesOf(input: string, kind: InputKind = 'guess'): Uint8Array[] {
  const messages =
    input === '-' ? messagesOfFile(readFile(0, 'standard input'), kind) : messagesNamed(input, kind)
  if (!messages.some(({ length }) => length > 0))
    throw new InputError('there is no message: the input is empty')
  return messages
}

function messagesNamed(input: string, kind: InputKind): Uint8Array[] {
  const file = fileAt(input)
  if (file !== undefined) return messagesOfFile(file, kind)
  const bytes = bytesOf(input, kind)
  // A single word is a message of no protocol in text.
  if (kind === 'guess' && /^[\w./\\-]+$/.test(input) && Buffer.from(input).equals(bytes))
    throw new InputError(`${brief(input)} is no file, and no hex; --as text takes it as it is`)
  return [bytes]
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

function messagesOfFile(bytes: Uint8Array, kind: InputKind): Uint8Array[] {
  if (bytes.length > MAX_FILE_BYTES)
    throw new InputError(`more than ${MAX_FILE_BYTES} bytes; cut the file first`)
  const text = textOf(bytes)
  if (text === undefined || kind === 'table') return [bytes]
  if (isJson(text)) return [Buffer.from(text.trim())]
  // The CR LF at the end of a line belongs to a frame of text, as HJ 212 has it.
  const lines = text.split('\n').filter(line => line.trim() !== '')
  return lines.map(line => bytesOf(line.endsWith('\r') ? `${line}\n` : line, kind))
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
