import { crc32c } from './crc32c.ts'

// MQTT checks nothing itself, and a digit that was changed on the way would let a gateway go of what the cloud lacks.
const CHECK = ',"check":'

/** A message as it travels: JSON whose last member is the CRC-32C of all before that member. */
export function seal(message: object): string {
  const text = JSON.stringify(message).slice(0, -1)
  return `${text}${CHECK}${crc32c(Buffer.from(text))}}`
}

/** A message as it was sealed, without its check; undefined where it is no JSON, or not what was sent. */
export function unseal(payload: Uint8Array): unknown {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString()
  const at = text.lastIndexOf(CHECK)
  try {
    if (at < 0) return JSON.parse(text)
    const isSound = text.slice(at + CHECK.length) === `${crc32c(Buffer.from(text.slice(0, at)))}}`
    return isSound ? JSON.parse(`${text.slice(0, at)}}`) : undefined
  } catch {
    return undefined
  }
}
