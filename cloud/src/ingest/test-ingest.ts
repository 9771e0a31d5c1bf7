import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CustodyRecord, encodeBatch, Lane, Quality, type Reading } from '@picket/devices'
import { createLog, SteppedClock } from '@picket/devices/runtime'
import type { Trace } from '@picket/rules'
import type { Configuration } from '../stores/sqlite/journal.ts'
import { openStores, type Stores } from '../stores/sqlite/stores.ts'
import { BatchIntake } from './batch-intake.ts'
import { readConfiguration, SHIPPED } from './configuration-files.ts'
import { EffectRecorder } from './effect-recorder.ts'
import { type Compiled, compileConfiguration } from './engine-host.ts'
import { HelloIntake } from './hello-intake.ts'
import { Ingest } from './ingest.ts'
import type { Committed } from './ingest-parts.ts'
import { OperatorActions } from './operator-actions.ts'
import { recoverEngine } from './recovery.ts'

export const NOW = Date.UTC(2026, 6, 1)
export const GATEWAY = 'gw-1'
export const EPOCH = '00112233445566778899aabbccddeeff'

const PACK = `pack: test
rules:
  - id: high
    name: { en: High, zh: 高 }
    message: { en: "{device} at {stage} m", zh: "{device} {stage} m" }
    select: { model: water-level-gauge }
    features: { stage: level, climb: "rate(level, 30m, per 1h)" }
    levels:
      orange: { when: stage > 3, until: stage < 2 }
      red: { when: stage > 5 && climb > 0.1, until: stage < 4 }
    notify: [duty]
`

/** A configuration with these devices, all water level gauges behind one gateway; `models` are known beside theirs. */
export function configurationWith(
  devices: readonly string[],
  pack = PACK,
  models: readonly string[] = [],
): Configuration {
  const registry = {
    sites: [{ id: 's', name: { en: 'S', zh: 'S' } }],
    gateways: [
      { id: GATEWAY, passwordFile: 'unused' },
      { id: 'gw-2', passwordFile: 'unused' },
    ],
    devices: devices.map(id => ({ id, model: 'water-level-gauge', site: 's', gateways: [GATEWAY] })),
  }
  const files = readConfiguration({
    packs: [],
    models: ['gateway', 'cloud', 'water-level-gauge', ...models].map(model =>
      join(SHIPPED.models, `${model}.yaml`),
    ),
    registry: import.meta.filename,
  })
  return {
    packs: [{ file: 'test.yaml', text: pack }],
    models: files.models,
    registry: JSON.stringify(registry),
  }
}

export function mustCompile(configuration: Configuration): Compiled {
  const result = compileConfiguration(configuration)
  if ('faults' in result) throw new Error(result.faults.join('; '))
  return result.compiled
}

/** An ingest on a database in a folder of its own, on a clock that stands. */
export interface TestIngest {
  folder: string
  stores: Stores
  clock: SteppedClock
  ingest: Ingest
  actions: OperatorActions
  configure(compiled: Compiled): Promise<void>
  committed: Committed[]
  engineState: () => string
  /** What a rule sees at a device now. */
  explain(rule: string, device: string): Trace
  /** Sends a batch and waits for its commit. */
  send(firstSeq: number, records: CustodyRecord[], gateway?: string): Promise<Committed>
  sendBytes(payload: Buffer): Promise<Committed>
  /** Ends it without a snapshot, as a kill would; the folder stays. */
  kill(): Promise<void>
}

export async function openIngest(
  devices: readonly string[],
  folder = mkdtempSync(join(tmpdir(), 'picket-ingest-')),
  files?: Compiled,
): Promise<TestIngest> {
  const stores = openStores(join(folder, 'cloud.db'))
  const clock = new SteppedClock(NOW)
  const log = createLog('test')
  log.level = 'silent'
  const recovered = recoverEngine(stores.journal, log, files)
  const committed: Committed[] = []
  // A millisecond passes from look to look, however fast the machine is.
  let elapsedMs = 0
  const ingest = new Ingest(
    {
      ...stores,
      clock,
      stopwatch: () => elapsedMs++,
      log,
      engines: recovered.engines,
      batches: new BatchIntake(stores),
      hellos: new HelloIntake(stores.gateways, stores.ledger),
      effects: new EffectRecorder(stores, new Set(['duty']), log),
      onCommit: one => committed.push(one),
      onFailure: error => {
        throw error
      },
    },
    recovered.engines.compiled ?? mustCompile(configurationWith(devices)),
  )
  const configure = (compiled: Compiled) => ingest.transact(hand => hand.configure(compiled))
  if (!recovered.engines.compiled) await configure(mustCompile(configurationWith(devices)))
  const sendBytes = async (payload: Buffer, gateway = GATEWAY): Promise<Committed> => {
    await new Promise<void>((resolve, reject) => {
      ingest.submit({ gateway, payload, done: error => (error ? reject(error) : resolve()) })
    })
    return committed.at(-1) as Committed
  }
  return {
    folder,
    stores,
    clock,
    ingest,
    actions: new OperatorActions(ingest),
    configure,
    committed,
    engineState: () => JSON.stringify([...recovered.engines.engine.state().scopes]),
    explain: (rule, device) => recovered.engines.engine.explain(rule, device) as Trace,
    sendBytes,
    send: (firstSeq, records, gateway) =>
      sendBytes(encodeBatch({ epoch: EPOCH, lane: Lane.LIVE, firstSeq, records }), gateway),
    async kill() {
      await ingest.idle()
      await stores.close()
    },
  }
}

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true })

export const level = (t: number, v: number, device = 'g1'): Reading => ({
  device,
  quantity: 'level',
  t: NOW + t,
  v,
  q: Quality.NOT_EVALUATED,
})
