import { type ApiFault, faultText } from '../api/fault.ts'

/** Says why something could not be fetched; nothing where it could. */
export function FaultNote({ fault }: { fault: ApiFault | undefined }) {
  return fault && fault.kind !== 'unauthorized' ? (
    <p class="fault-note" role="status">
      {faultText(fault)}
    </p>
  ) : null
}
