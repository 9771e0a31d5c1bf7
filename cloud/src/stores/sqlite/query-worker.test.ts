import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { QueryWorker } from './query-worker.ts'
import { openStores } from './stores.ts'

const QUERY = { series: 1, device: 'd', quantity: 'q', from: 0, to: 10, resolutionMs: 0, limit: 10 }

it('a query thread that dies rejects what waits, and the next query gets another one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-queries-'))
  const file = join(folder, 'cloud.db')
  writeFileSync(file, 'this is no database, and the thread ends at its first look')
  const worker = new QueryWorker(file)
  await expect(worker.range(QUERY)).rejects.toThrow('not a database')
  rmSync(file)
  const stores = openStores(file)
  expect(await worker.range(QUERY)).toEqual([])
  await worker.stop()
  await stores.close()
  rmSync(folder, { recursive: true, force: true })
})
