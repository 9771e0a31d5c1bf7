import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { type Finding, fault, ok, warning } from './finding.ts'

const DAY_MS = 86_400_000
const WARN_DAYS = 30

/** A file with a secret: there, readable, not empty, and closed to others. */
export function examineSecret(check: string, file: string, setting: string): Finding {
  const text = read(check, file, setting)
  if (typeof text !== 'string') return text
  if (text.trim() === '') return fault(check, `${file} is empty`, `write the secret into it (${setting})`)
  if ((statSync(file).mode & 0o077) !== 0)
    return warning(check, `${file} is open to other users of this machine`, `chmod 600 ${file}`)
  return ok(check, `${file} is there, and closed to others`)
}

/**
 * A certificate with its key: they belong together, and it has not run out.
 *
 * @param nowMs - ms UTC
 */
export function examineCertificate(
  check: string,
  { certFile, keyFile }: { certFile: string; keyFile: string },
  nowMs: number,
): Finding[] {
  const secret = examineSecret(check, keyFile, 'tls.keyFile')
  const pem = read(check, certFile, 'tls.certFile')
  if (typeof pem !== 'string') return [pem, secret]
  if (secret.level === 'fault') return [secret]
  const renew = `make a new certificate and write it to ${certFile}; then restart the gateway`
  try {
    const certificate = new X509Certificate(pem)
    if (!certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile))))
      return [
        fault(check, `${certFile} does not belong to ${keyFile}`, 'name the two that were made together'),
      ]
    const days = Math.floor((Date.parse(certificate.validTo) - nowMs) / DAY_MS)
    if (days < 0) return [fault(check, `${certFile} ran out on ${certificate.validTo}`, renew), secret]
    if (days < WARN_DAYS) return [warning(check, `${certFile} runs out in ${days} days`, renew), secret]
    return [ok(check, `${certFile} is good for ${days} days`), secret]
  } catch (error) {
    const message = `${certFile} or ${keyFile} cannot be read (${(error as Error).message})`
    return [fault(check, message, 'both must be PEM, and the key without a passphrase')]
  }
}

function read(check: string, file: string, setting: string): string | Finding {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return fault(check, `no file ${file}`, `put it there, or correct ${setting}`)
    return fault(
      check,
      `${file} cannot be read (${code})`,
      'give it to the user of the gateway (chown), or run this as that user (sudo -u picket)',
    )
  }
}
