import { createHash, type KeyObject } from 'node:crypto'
import {
  type DesiredState,
  LONGEST_DESIRED,
  type Override,
  type Reported,
  signDesired,
} from '@picket/devices'
import type { Clock, Log } from '@picket/devices/runtime'
import type { Compiled } from '../ingest/engine-host.ts'
import type { Ingest } from '../ingest/ingest.ts'
import type { Hand } from '../ingest/ingest-parts.ts'
import type { SqliteGuards } from '../stores/sqlite/guards.ts'
import { gatewayRules, rulesByGateway } from './gateway-rules.ts'

export interface GuardsParts {
  store: SqliteGuards
  ingest: Ingest
  key: KeyObject
  clock: Clock
  log: Log
}

/** `payload` makes it for the name that the gateway goes by. */
type Send = (gateway: string, payload: (name: string) => string) => void

// Signed when it is sent: what is kept by somebody else cannot be played to a gateway later.
const VALID_MS = 86_400_000
const MOST_OVERRIDES = 100

/**
 * What gateways are to run: worked out from the configuration in force, numbered for each gateway, signed and sent when
 * the gateway says that it runs something else. What it says it runs decides whose engine is the authority.
 */
export class Guards {
  readonly #parts: GuardsParts
  /** What the newest revision of each gateway says. */
  readonly #wanted = new Map<string, Omit<DesiredState, 'revision' | 'issuedAt' | 'expiresAt'>>()
  /** What the engine was told since the start. */
  readonly #delegated = new Map<string, readonly string[]>()
  #send: Send = () => {}

  constructor(parts: GuardsParts) {
    this.#parts = parts
  }

  /** Until this is called nobody is connected who could hear it. */
  onSend(send: Send): void {
    this.#send = send
  }

  /** To be called when another configuration is in force, and at the start. */
  async follow(): Promise<void> {
    const { ingest, store } = this.#parts
    const { compiled } = ingest
    const running = rulesByGateway(compiled)
    for (const gateway of new Set([...running.keys(), ...store.gateways()]))
      await this.#revise(gateway, compiled, running.get(gateway) ?? [])
  }

  /** A gateway says what it runs; `name` is its id, or one that it had. */
  async heard(name: string, reported: Reported): Promise<void> {
    const { ingest, store, clock } = this.#parts
    const gateway = await ingest.transact(({ step }) => {
      const gateway = ingest.admissions.gatewayOf(name) ?? name
      const given = rulesByGateway(ingest.compiled).get(gateway) ?? []
      const before = store.get(gateway)
      // A cloud restored from an older copy must not count below what the gateway has.
      const ahead = (reported.revision ?? 0) > before.revision
      const revision = ahead ? (reported.revision as number) + 1 : before.revision
      store.change(gateway, { reported, reportedAt: clock.now(), revision })
      this.#delegate(step, gateway, given)
      return gateway
    })
    const { revision } = store.get(gateway)
    if (revision > 0 && reported.revision !== revision && reported.refused?.revision !== revision)
      this.#sendTo(gateway)
  }

  /** Somebody holds an output on or off, or lets go of it where `on` is undefined. */
  async override(
    gateway: string,
    { on, ...rest }: Omit<Override, 'on'> & { on?: boolean },
  ): Promise<boolean> {
    const { store, ingest, clock } = this.#parts
    const others = store
      .get(gateway)
      .overrides.filter(({ output, until }) => output !== rest.output && until > clock.now())
    if (others.length >= MOST_OVERRIDES) return false
    const overrides = on === undefined ? others : [...others, { ...rest, on }]
    await ingest.transact(() => store.change(gateway, { overrides }))
    await this.#revise(gateway, ingest.compiled, rulesByGateway(ingest.compiled).get(gateway) ?? [])
    return true
  }

  /** The gateway has not taken what it is to run: it refuses it, or does not say. */
  isOutOfStep(gateway: string): boolean {
    const { revision, reported } = this.#parts.store.get(gateway)
    return revision > 0 && reported !== null && reported.revision !== revision
  }

  async #revise(gateway: string, compiled: Compiled, given: readonly string[]): Promise<void> {
    const { store, ingest } = this.#parts
    const { overrides } = store.get(gateway)
    const wanted = { gateway, ...gatewayRules(gateway, compiled), overrides: [...overrides] }
    this.#wanted.set(gateway, wanted)
    const digest = createHash('sha256').update(JSON.stringify(wanted)).digest('hex')
    const changed = await ingest.transact(({ step }) => {
      const before = store.get(gateway)
      this.#delegate(step, gateway, given)
      if (before.digest === digest) return false
      store.change(gateway, { revision: before.revision + 1, digest })
      return true
    })
    if (changed) this.#sendTo(gateway)
  }

  // Of the rules that the gateway says it runs, those that are to run there are its own.
  #delegate(step: Hand['step'], gateway: string, given: readonly string[]): void {
    const runs = new Set(this.#parts.store.get(gateway).reported?.rules)
    const rules = given.filter(rule => runs.has(rule))
    if (JSON.stringify(this.#delegated.get(gateway)) === JSON.stringify(rules)) return
    this.#delegated.set(gateway, rules)
    step({ kind: 'delegate', now: this.#parts.ingest.now, gateway, rules })
  }

  #sendTo(gateway: string): void {
    const { store, key, clock, log } = this.#parts
    const wanted = this.#wanted.get(gateway)
    if (!wanted) return
    const { revision } = store.get(gateway)
    const now = clock.now()
    const desired = { ...wanted, revision, issuedAt: now, expiresAt: now + VALID_MS }
    if (JSON.stringify(desired).length > LONGEST_DESIRED) {
      log.error(
        { gateway, revision, most: LONGEST_DESIRED },
        'the rules for a gateway are too long to be sent',
      )
      return
    }
    log.info({ gateway, revision }, 'rules for a gateway')
    this.#send(gateway, name => JSON.stringify(signDesired({ ...desired, gateway: name }, key)))
  }
}
