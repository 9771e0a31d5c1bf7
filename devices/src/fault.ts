/**
 * Something that was expected to go wrong, as a value: a stable code for programs, a message in the user's
 * words and, where there is one, the way out.
 */
export interface Fault {
  code: string
  message: string
  hint?: string
}

/** A fault in a file that a person wrote, with the place. Lines count from 1. */
export interface FileFault extends Fault {
  file: string
  line: number
}

/** `file:line: message (hint)`, as editors and people read it. */
export const formatFileFault = (fault: FileFault): string =>
  `${fault.file}:${fault.line}: ${fault.message}${fault.hint ? ` (${fault.hint})` : ''}`

/** A fault that ends a program's start: printed as one line, without a stack. */
export class StartError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'StartError'
    this.code = code
  }
}
