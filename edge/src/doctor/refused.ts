import { readQuarantine } from '../intake/quarantine.ts'
import { type Finding, ok, warning } from './finding.ts'

const CHECK = 'refused input'
const RECENT_MS = 86_400_000

/** What sensors sent that could not be taken: of the last day it is a warning. */
export function examineRefused(data: string, now: number): Finding {
  const refused = readQuarantine(data)
  const newest = refused.at(-1)
  if (!newest) return ok(CHECK, 'none')
  const { at, source, reason } = newest
  const last = `the last at ${new Date(at).toISOString()} from ${source}: ${reason}`
  if (now - at > RECENT_MS) return ok(CHECK, `none for a day; ${last}`)
  const senders = new Set(refused.map(one => one.source)).size
  return warning(
    CHECK,
    `${refused.length} messages of ${senders} senders are kept; ${last}`,
    'picket-edge refused --config FILE shows them with their bytes; correct the sensor, its model or its credentials',
  )
}
