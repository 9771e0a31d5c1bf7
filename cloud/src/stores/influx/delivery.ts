import type { Send, SendOutcome } from './send.ts'

/** A line that the server does not take. */
export interface RejectedLine {
  line: string
  reason: string
}

export type DeliveryOutcome =
  | { kind: 'delivered'; rejected: RejectedLine[]; dropped: number }
  | Extract<SendOutcome, { kind: 'unavailable' }>

// Nothing is wrong with it: who refuses it refuses everything.
const probe = (now: number): string => `picket_probe ok=1i ${now}`

/**
 * Sends lines, and where the server rejects them finds out by halves which ones it does not take. What it took is written
 * once more at most, which is harmless.
 *
 * A line is only blamed when the server takes others: of these, or one that is known to be good. A proxy or a wrong
 * setting answers 400 to everything, and must not send the whole history into quarantine.
 */
export async function deliver(
  lines: readonly string[],
  { send, now }: { send: Send; now: number },
): Promise<DeliveryOutcome> {
  const rejected: RejectedLine[] = []
  let dropped = 0
  let takesOthers = false
  const open: (readonly string[])[] = [lines]
  for (let some = open.pop(); some; some = open.pop()) {
    const outcome = await send(some)
    if (outcome.kind === 'unavailable') return outcome
    if (outcome.kind === 'written') {
      takesOthers = true
      dropped += outcome.dropped
      continue
    }
    if (some.length > 1) {
      const half = some.length >> 1
      open.push(some.slice(half), some.slice(0, half))
      continue
    }
    if (!takesOthers) {
      const { kind } = await send([probe(now)])
      if (kind !== 'written') return { kind: 'unavailable', error: outcome.error }
      takesOthers = true
    }
    rejected.push({ line: some[0] as string, reason: outcome.error })
  }
  return { kind: 'delivered', rejected, dropped }
}
