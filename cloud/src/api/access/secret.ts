import { createHash } from 'node:crypto'

/**
 * What is kept of a token or a session id: SHA-256 in hexadecimal. Looking it up in an index tells an attacker
 * nothing by its duration: whoever cannot find SHA-256 preimages cannot choose the hash's leading bytes.
 */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex')
