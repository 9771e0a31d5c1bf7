import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { benchBacklog } from './edge-backlog.ts'
import { benchIntake } from './edge-intake.ts'
import { benchBytes } from './edge-wire.ts'

const BACKLOG = '5000000'

/**
 * Measures the gateway alone, with real processes on this machine, and prints JSON.
 *
 * @param words - `--backlog N`: readings that wait; `--only intake|bytes|backlog`
 */
export async function benchEdge(words: string[]): Promise<void> {
  const { values } = parseArgs({
    args: words,
    options: { backlog: { type: 'string', default: BACKLOG }, only: { type: 'string' } },
  })
  const parts = {
    intake: benchIntake,
    bytes: benchBytes,
    backlog: () => benchBacklog(Number(values.backlog)),
  }
  const report: Record<string, unknown> = {
    machine: `${cpus().length} cores, ${cpus()[0]?.model}, Node ${process.version}`,
  }
  for (const [name, measure] of Object.entries(parts))
    if (values.only === undefined || values.only === name) report[name] = await measure()
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
}
