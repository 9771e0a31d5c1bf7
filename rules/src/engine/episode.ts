import { hash } from 'node:crypto'

/**
 * Id of an alarm episode: the same rule, scope and onset give the same id everywhere and always.
 *
 * @param scope - id of the device or the site that the alarm is about
 * @param onset - event time at which the condition first held, ms UTC
 */
export const episodeId = (rule: string, scope: string, onset: number): string =>
  hash('sha256', JSON.stringify([rule, scope, onset])).slice(0, 24)
