// What `npm run landslide` runs: recorded rain through a gateway into a cloud, and what the shipped rules make of it.
// With `-- --csv FOLDER` it only writes the record into the folder, as `picket-rules backtest` takes it.
import { parseArgs } from 'node:util'
import { writeCsv } from './csv.ts'
import { play } from './play.ts'
import { absence, GAUGES, landslideDays } from './record.ts'
import { reportOn } from './report.ts'

const NEAR_HOURS = 24

if (absence !== undefined) {
  process.stderr.write(`landslide: nothing to play: ${absence}\n`)
  process.exit(1)
}

const { values } = parseArgs({ options: { csv: { type: 'string' } } })
if (values.csv !== undefined) {
  writeCsv(GAUGES, values.csv)
  process.exit(0)
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

say(`Playing ${GAUGES.length} rain gauges through a gateway into a cloud ...`)
const began = performance.now()
const played = await play(GAUGES, (gauge, { acknowledged, from, to }) =>
  say(`  ${gauge.id}: ${acknowledged} hours acknowledged, ${from} to ${to}`),
)
const seconds = (performance.now() - began) / 1000
say(`Done in ${seconds.toFixed(1)} s, with the start of all programs.\n`)
say(reportOn(played, { days: landslideDays(), nearHours: NEAR_HOURS }))
