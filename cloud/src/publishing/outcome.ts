/** Why a step of publishing was refused. */
export type RefusalCode =
  | 'not-found'
  | 'rule-set-faults'
  | 'rule-set-state'
  | 'rule-set-open'
  | 'approval-needed'
  | 'approval-own'

/** What became of a step: the revision that it was about, or why nothing was done. */
export type Outcome =
  | { ok: true; number: number }
  | { ok: false; code: RefusalCode; message: string; details: string[] }

export const refuse = (
  code: RefusalCode,
  message: string,
  details: string[] = [],
): Extract<Outcome, { ok: false }> => ({ ok: false, code, message, details })

export const unknownRuleSet = (number: number): Extract<Outcome, { ok: false }> =>
  refuse('not-found', `there is no rule set ${number}`)
