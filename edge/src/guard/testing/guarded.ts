import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  type CustodyRecord,
  type DesiredState,
  type Reading,
  signDesired,
  type TransitionNote,
} from '@picket/devices'
import { type Log, SteppedClock } from '@picket/devices/runtime'
import { Outbox } from '../../outbox/outbox.ts'
import { Guard } from '../guard.ts'
import { FakeOutput } from './fake-output.ts'

const START = Date.UTC(2026, 10, 29)
const MINUTE_MS = 60_000
const silentLog = { info() {}, warn() {}, error() {} } as unknown as Log
const modelText = readFileSync(
  new URL(import.meta.resolve('@picket/devices/models/crack-meter.yaml')),
  'utf8',
)

/** A pack with one rule: orange above a limit for two minutes, and the siren goes on. */
export const packOf = (limit: number, more = ''): string => `pack: wall
rules:
  - id: wall-moves
    name: { en: Wall, zh: 岩壁 }
    message: { en: "{device}: {width} mm", zh: "{device}: {width} mm" }
    select: { model: crack-meter }
    features: { width: displacement }
    levels: { orange: { when: width > ${limit}, until: width < ${limit - 1}, for: 2m } }
    runs: gateway
    switch: [{ output: siren, from: orange }]
    notify: [duty]
    ${more}
`

/** A guard over a real outbox, on a clock that stands; `restart` begins it anew as a new process would. */
export class Guarded {
  readonly clock = new SteppedClock(START)
  readonly siren = new FakeOutput()
  readonly folder: string
  outbox!: Outbox
  guard!: Guard
  /** Commits that the disk refuses. */
  diskFails = false
  reports = 0
  readonly #keys: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ed25519')
  #starts = 0

  constructor(folder: string) {
    this.folder = folder
    this.start()
  }

  start(): void {
    const { clock } = this
    const starts = ++this.#starts
    this.outbox = Outbox.open({
      folder: this.folder,
      token: () => starts.toString(16).padStart(32, '0'),
      reserveBytes: 0,
      maxAgeMs: 1e12,
      clock,
      maxBytes: 1e9,
      tailMs: 86_400_000,
      tailMaxBytes: 1e9,
    })
    this.guard = new Guard({
      gateway: 'gw',
      key: this.#keys.publicKey,
      outbox: this.outbox,
      outputs: new Map([['siren', { output: this.siren, minOffMs: 0, timeoutMs: 1000 }]]),
      clock,
      stopwatch: () => clock.now(),
      log: silentLog,
      commitSoon: () => {
        // What an output of a killed process still says is heard by nobody.
        if (starts === this.#starts) this.commit([])
      },
      onReport: () => this.reports++,
    })
    this.guard.start()
  }

  /** Ends as a killed process does: nothing more is written. */
  kill(): void {
    this.#starts++
    this.outbox.close()
  }

  desired(change: Partial<DesiredState> = {}): void {
    const state: DesiredState = {
      gateway: 'gw',
      revision: 1,
      issuedAt: this.clock.now(),
      expiresAt: this.clock.now() + MINUTE_MS,
      packs: [{ file: 'wall.yaml', text: packOf(10) }],
      models: [{ file: 'crack-meter.yaml', text: modelText }],
      sites: [{ id: 'slope', name: { en: 'Slope', zh: '边坡' } }],
      devices: [{ id: 'wall', model: 'crack-meter', site: 'slope', gateways: ['gw'] }],
      overrides: [],
      ...change,
    }
    this.guard.takeDesired(Buffer.from(JSON.stringify(signDesired(state, this.#keys.privateKey))))
  }

  /** What the intake does with a message; false where the disk refused it. */
  commit(records: readonly CustodyRecord[]): boolean {
    const alarms = this.guard.judge(records)
    if (this.diskFails) return false
    if (records.length + alarms.length > 0) this.outbox.append(records, alarms)
    this.guard.saved()
    return true
  }

  /** A minute passes, then the sensor says a value. */
  say(v: number, device?: string): boolean {
    this.clock.advanceTo(this.clock.now() + MINUTE_MS)
    return this.commit([this.reading(v, device)])
  }

  reading(v: number, device = 'wall'): Reading {
    return { device, quantity: 'displacement', t: this.clock.now(), v, q: 2 }
  }

  /** Steps of alarms in the outbox. */
  get steps(): TransitionNote['transition'][] {
    const records = [
      ...this.outbox.committedFrom({ epoch: this.outbox.epochs[0]?.epoch ?? '', seq: 0 }),
    ].flatMap(run => run.records)
    return records.flatMap(record =>
      'note' in record && record.note.type === 'transition' ? [record.note.transition] : [],
    )
  }
}
