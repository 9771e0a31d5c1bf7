import { t } from '../text/language.ts'

/** Why a request was not answered as hoped, as far as an operator can act on it. */
export type ApiFault =
  | { kind: 'unauthorized' | 'unreachable' | 'refused' | 'missing' | 'conflict' | 'limited' | 'strange' }
  /** A flag that cannot be set so. */
  | { kind: CodedFault }
  | { kind: 'server'; status: number }

/** Codes of the cloud's catalogue that say more than their status. */
const CODED_FAULTS = ['alarm-not-over', 'flag-scope', 'flag-time', 'flag-too-long', 'flag-notice'] as const
type CodedFault = (typeof CODED_FAULTS)[number]

/** The fault that a status says, or a code of the cloud's catalogue. */
export function faultOf(status: number, code?: unknown): ApiFault {
  const coded = CODED_FAULTS.find(one => one === code)
  if (coded) return { kind: coded }
  if (status === 401) return { kind: 'unauthorized' }
  if (status === 403) return { kind: 'refused' }
  if (status === 404) return { kind: 'missing' }
  if (status === 409) return { kind: 'conflict' }
  if (status === 429) return { kind: 'limited' }
  // A proxy in front of a cloud that is down or starting.
  if (status === 502 || status === 503 || status === 504) return { kind: 'unreachable' }
  return { kind: 'server', status }
}

/** The fault in the operator's language. */
export function faultText(fault: ApiFault): string {
  if (fault.kind === 'server') return t('fault.server', { status: fault.status })
  if (fault.kind === 'unauthorized') return t('fault.refused')
  return t(`fault.${fault.kind}`)
}
