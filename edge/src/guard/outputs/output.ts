/** Something that a gateway switches: a siren, a relay, a valve. */
export interface Output {
  /**
   * Switches it. Resolves with what the output itself said of its state, or with undefined where it says nothing;
   * rejects where it cannot be reached or refuses. Doing it twice does no harm.
   *
   * @param signal - aborted when it takes too long
   */
  set(on: boolean, signal: AbortSignal): Promise<boolean | undefined>
  stop(): Promise<void>
}
