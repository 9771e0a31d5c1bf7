import type { Output } from '../outputs/output.ts'

/** An output in memory that can be broken. */
export class FakeOutput implements Output {
  /** Every state it was told, in order, also those it refused. */
  readonly told: boolean[] = []
  broken = false
  /** Where true, it never answers. */
  frozen = false

  set(on: boolean, signal: AbortSignal): Promise<boolean> {
    this.told.push(on)
    if (this.broken) return Promise.reject(new Error('the fuse is out'))
    if (!this.frozen) return Promise.resolve(on)
    return new Promise((_, reject) =>
      signal.addEventListener('abort', () => reject(new Error('no answer')), { once: true }),
    )
  }

  async stop(): Promise<void> {}
}
