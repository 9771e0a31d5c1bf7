import type { CustodyRecord, Reading } from '@picket/devices'
import { seriesName } from '@picket/devices'

/** Of so many consecutive readings of a series the lowest and the highest stay. */
const GROUP = 8

/**
 * Thins records to about a quarter: of each eight consecutive readings of a series the lowest and the highest stay, as
 * they were, so that a peak is still seen. Notes stay, but for gap notes, which are told anew where need be.
 *
 * @param records - in the order of their numbers
 */
export function thin(records: readonly CustodyRecord[]): CustodyRecord[] {
  const kept = new Set<CustodyRecord>()
  const groups = new Map<string, Reading[]>()
  const close = (group: readonly Reading[]): void => {
    for (const reading of extremes(group)) kept.add(reading)
  }
  for (const record of records) {
    if ('note' in record) {
      if (record.note.type !== 'gap') kept.add(record)
      continue
    }
    const name = seriesName(record.device, record.quantity)
    const group = groups.get(name) ?? []
    group.push(record)
    if (group.length === GROUP) close(group)
    groups.set(name, group.length === GROUP ? [] : group)
  }
  for (const group of groups.values()) close(group)
  return records.filter(record => kept.has(record))
}

function extremes(group: readonly Reading[]): Reading[] {
  const [first] = group
  if (!first) return []
  let [lowest, highest] = [first, first]
  for (const reading of group) {
    if (reading.v < lowest.v) lowest = reading
    if (reading.v > highest.v) highest = reading
  }
  return [lowest, highest]
}
