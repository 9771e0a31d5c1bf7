import { isIP } from 'node:net'
import { StartError } from '@picket/devices'
import { Type } from 'typebox'

/** Where a source listens, as all of them say it. */
export const Listening = {
  host: Type.String({ default: '127.0.0.1', minLength: 1 }),
  port: Type.Integer({ minimum: 0, maximum: 65_535 }),
}

/** True for an address that only programs of this machine reach. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

/** The StartError of a source that other machines could reach unprotected. */
export const openError = (source: string, host: string, wayOut: string): StartError =>
  new StartError('source-open', `source ${source}: ${host} is open to other machines: ${wayOut}`)
