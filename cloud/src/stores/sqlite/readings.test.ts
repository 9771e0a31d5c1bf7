import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeTimeSeriesStore, type StoreUnderTest } from '../time-series-store.contract.ts'
import { openStores } from './stores.ts'

function underTest(folder: string): StoreUnderTest {
  const stores = openStores(join(folder, 'cloud.db'))
  return {
    store: stores.readings,
    transaction: work => stores.db.transaction(work)(),
    async reopen() {
      await stores.close()
      return underTest(folder)
    },
    async close() {
      await stores.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

describeTimeSeriesStore('sqlite', async () => underTest(mkdtempSync(join(tmpdir(), 'picket-readings-'))))
