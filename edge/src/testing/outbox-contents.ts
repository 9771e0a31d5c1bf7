import type { CustodyRecord, Reading, RejectedNote } from '@picket/devices'
import type { Gateway } from '../gateway.ts'

/** Every record that a gateway holds, in the order of its numbers. */
export const heldRecords = ({ outbox }: Gateway): CustodyRecord[] =>
  outbox.epochs.flatMap(epoch =>
    epoch.held.ranges.flatMap(([first, last]) => outbox.read(epoch, first, last)),
  )

/** The readings of the field that a gateway `g` holds, without those of itself. */
export const storedReadings = (gateway: Gateway): Reading[] =>
  heldRecords(gateway).filter((record): record is Reading => !('note' in record) && record.device !== 'g')

/** What a gateway has refused until now. */
export async function rejectedNotes(gateway: Gateway): Promise<RejectedNote[]> {
  gateway.report()
  await gateway.idle()
  return heldRecords(gateway).flatMap(record =>
    'note' in record && record.note.type === 'rejected' ? [record.note] : [],
  )
}
