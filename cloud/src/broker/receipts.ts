/** So much of one gateway may wait for its commit before it is held back. */
const MOST_BYTES = 1024 * 1024

interface Waiting {
  bytes: number
  /** Receipts that are held back, in the order in which their batches came. */
  held: (() => void)[]
}

/**
 * When a gateway hears that a batch has arrived. At once, as long as little of it waits: nothing more is read from a
 * connection before the receipts of what was read are out, and then an alarm would wait behind a backlog. Beyond a bound
 * after a commit. Receipts keep the order of the batches (MQTT 3.1.1, section 4.6).
 */
export class Receipts {
  readonly #gateways = new Map<string, Waiting>()

  /** A batch has come; `give` is called once. */
  came(gateway: string, bytes: number, give: () => void): void {
    const waiting = this.#gateways.get(gateway) ?? { bytes: 0, held: [] }
    this.#gateways.set(gateway, waiting)
    if (waiting.bytes < MOST_BYTES && waiting.held.length === 0) give()
    else waiting.held.push(give)
    waiting.bytes += bytes
  }

  /** A batch was committed, or is not wanted. */
  settled(gateway: string, bytes: number): void {
    const waiting = this.#gateways.get(gateway)
    if (!waiting) return
    waiting.bytes -= bytes
    if (waiting.bytes < MOST_BYTES) for (const give of waiting.held.splice(0)) give()
    if (waiting.bytes === 0) this.#gateways.delete(gateway)
  }
}

interface Submission {
  gateway: string
  payload: Buffer
  done: (error?: Error) => void
}

/**
 * Submits batches and gives their receipts. A batch that is not wanted ends its connection: the gateway has its receipt,
 * and learns by another hello what has come.
 *
 * @param submit - calls `done` after the commit
 */
export function withReceipts(
  submit: (batch: Submission) => void,
  disconnect: (gateway: string) => void,
): (batch: Submission) => void {
  const receipts = new Receipts()
  return ({ gateway, payload, done }) => {
    receipts.came(gateway, payload.length, done)
    submit({
      gateway,
      payload,
      done(error) {
        receipts.settled(gateway, payload.length)
        if (error) disconnect(gateway)
      },
    })
  }
}
