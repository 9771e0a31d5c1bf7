const SAMPLE_LENGTH = 1000
const REPLACEMENT = '\ufffd'
const HEX = 'hex '

/** The first bytes of a message as a rejection keeps them: as text where they are one, or else in hex. */
export function sampleOf(payload: Uint8Array): string {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length)
  const text = bytes.toString('utf8', 0, SAMPLE_LENGTH)
  // At the very end it is a character cut in two.
  const isText = !/\p{Cc}/u.test(text.replace(/\s/g, '')) && !text.slice(0, -1).includes(REPLACEMENT)
  if (isText) return text
  return HEX + bytes.toString('hex', 0, (SAMPLE_LENGTH - HEX.length) / 2)
}
