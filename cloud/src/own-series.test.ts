import { CLOUD_DEVICE } from '@picket/devices'
import { createLog } from '@picket/devices/runtime'
import { afterEach, describe, expect, it } from 'vitest'
import { RefusalTally } from './broker/refusals.ts'
import { GuardComparison } from './guards/comparison.ts'
import { GATEWAY, NOW, openIngest, removeFolder, type TestIngest } from './ingest/test-ingest.ts'
import { startOwnSeries } from './own-series.ts'

const QUIET = 600_000
const log = createLog('test')
log.level = 'silent'

describe('what the cloud knows of itself', () => {
  let opened: TestIngest[] = []
  let stop = (): void => {}
  const watch = async (folder?: string): Promise<TestIngest> => {
    const used = await openIngest([], folder)
    opened.push(used)
    stop()
    stop = startOwnSeries({
      clock: used.clock,
      ingest: used.ingest,
      publishing: { fellBack: () => undefined },
      alarms: { running: () => new Map([['red', 2]]) },
      gateways: used.stores.gateways,
      gatewayIds: () => [GATEWAY],
      refusedAt: () => undefined,
      dispatcher: { wake: () => {}, overdue: () => 0, stop: async () => {} },
      refusals: new RefusalTally(),
      dataFolder: used.folder,
      guards: { isOutOfStep: () => false },
      comparison: new GuardComparison(),
      log,
    })
    return used
  }
  afterEach(async () => {
    stop()
    for (const { ingest, stores, folder } of opened) {
      if (stores.db.open) {
        await ingest.idle()
        await stores.close()
      }
      removeFolder(folder)
    }
    opened = []
  })
  const state = ({ stores }: TestIngest) => ({
    known: stores.gateways.get(GATEWAY).conflict,
    told: stores.readings.latest().get(`${GATEWAY}/instance_conflict`)?.v,
  })

  it('has the alarms of each level', async () => {
    const { ingest, stores } = await watch()
    await ingest.idle()
    const value = (level: string) => stores.readings.latest().get(`${CLOUD_DEVICE}/alarms_active_${level}`)?.v
    expect(['blue', 'yellow', 'orange', 'red'].map(value)).toEqual([0, 0, 0, 2])
  })

  it('has a conflict of instances over a restart, until the other has been quiet, and its end for the rules too', async () => {
    const before = await watch()
    for (const instance of ['1', '2', '1']) {
      await before.ingest.greet(GATEWAY, {
        instance: instance.repeat(32),
        nonce: 'b'.repeat(32),
        epochs: [],
      })
    }
    stop()
    await before.kill()
    const after = await watch(before.folder)
    await after.ingest.idle()
    expect(state(after)).toEqual({ known: true, told: 1 })
    after.clock.advanceTo(NOW + QUIET - 1)
    await after.ingest.idle()
    expect(state(after)).toEqual({ known: true, told: 1 })
    after.clock.advanceTo(NOW + QUIET)
    // Both in one transaction: a power cut here must not leave the alarm standing for ever.
    expect(state(after)).toEqual({ known: true, told: 1 })
    await after.ingest.idle()
    expect(state(after)).toEqual({ known: false, told: 0 })
  })
})
