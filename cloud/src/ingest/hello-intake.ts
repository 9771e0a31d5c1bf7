import type { Hello, Welcome } from '@picket/devices'
import type { SqliteGateways } from '../stores/sqlite/gateways.ts'
import type { Ledger } from '../stores/sqlite/ledger.ts'

/** What a gateway holds is compared with what the cloud has, both ways. */
export class HelloIntake {
  readonly #gateways: SqliteGateways
  readonly #ledger: Ledger

  constructor(gateways: SqliteGateways, ledger: Ledger) {
    this.#gateways = gateways
    this.#ledger = ledger
  }

  /**
   * Takes a hello within the caller's transaction. Records below the gateway's lowest that the cloud does not
   * have can no longer be had by anyone: they become a recorded gap. Should another copy of the gateway's disk
   * hold them after all, they are awaited again.
   *
   * @returns no answer and a conflict when another instance has taken this one's place
   */
  take(gateway: string, hello: Hello, now: number): { answer: Welcome | undefined; conflict: boolean } {
    if (!this.#gateways.greet(gateway, hello.instance, now)) return { answer: undefined, conflict: true }
    const settled: Welcome['settled'] = {}
    for (const { epoch, low, next } of hello.epochs) {
      this.#ledger.announce(gateway, epoch, next)
      if (next > low) this.#ledger.reopen(gateway, epoch, [low, next - 1])
      const known = this.#ledger.settled(gateway, epoch)
      for (const [first, last] of low > 0 ? known.missing(0, low - 1) : []) {
        this.#ledger.settle(gateway, epoch, { kind: 'lost', first, last })
      }
      settled[epoch] = [...known.ranges]
    }
    return { answer: { nonce: hello.nonce, settled }, conflict: false }
  }
}
