// Writes the dashboards anew: npm run grafana:dashboards
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { dashboardFiles, textOf } from './files.ts'

for (const [name, dashboard] of dashboardFiles()) {
  const path = join(import.meta.dirname, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, textOf(dashboard))
}
