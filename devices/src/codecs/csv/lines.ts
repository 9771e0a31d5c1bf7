/** A line of a table, and where it stands in the message. */
export interface Line {
  /** Which it is, from 1, as a spreadsheet counts: empty lines too. */
  number: number
  cells: string[]
  offset: number
  lengthBytes: number
  /** A quotation mark opens and none closes: the rest of the message was taken for the cell. */
  isOpen: boolean
}

const QUOTE = 0x22
const CR = 0x0d
const LF = 0x0a

/**
 * Cuts bytes into lines and cells as RFC 4180 says: a cell in quotation marks may hold separators, line ends and
 * doubled quotation marks. Empty lines are left out, blanks around cells too.
 *
 * @param separator - one ASCII character
 */
export function* linesOf(bytes: Uint8Array, separator: string): Generator<Line> {
  const divider = separator.charCodeAt(0)
  let at = 0
  for (let number = 1; at < bytes.length; number++) {
    const offset = at
    const cells: string[] = []
    let begin = at
    let quoted = false
    let isOver = false
    while (!isOver) {
      const byte = bytes[at]
      if (byte === QUOTE) quoted = !quoted
      isOver = byte === undefined || (!quoted && (byte === LF || byte === CR))
      if (isOver || (!quoted && byte === divider)) {
        cells.push(cellOf(bytes.subarray(begin, at)))
        begin = at + 1
      }
      at++
    }
    const lengthBytes = at - 1 - offset
    if (bytes[at - 1] === CR && bytes[at] === LF) at++
    if (lengthBytes > 0) yield { number, cells, offset, lengthBytes, isOpen: quoted }
  }
}

function cellOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8').trim()
  return text.startsWith('"')
    ? text.slice(1, text.endsWith('"') ? -1 : undefined).replaceAll('""', '"')
    : text
}
