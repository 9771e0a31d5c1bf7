import { createHash } from 'node:crypto'

/**
 * Id of an alarm episode: the same rule, device and onset give the same id everywhere and always.
 *
 * @param onset - event time at which the condition first held, ms UTC
 */
export const episodeId = (rule: string, device: string, onset: number): string =>
  createHash('sha256')
    .update(JSON.stringify([rule, device, onset]))
    .digest('hex')
    .slice(0, 24)
