import { join } from 'node:path'
import { type ApiClient, eventually } from '../support/api-client.ts'
import { Installation, ROOT } from '../support/installation.ts'
import { Program } from '../support/program.ts'
import { type Gauge, HOUR_MS, MM_PER_HUNDREDTH_INCH, PICTURE, UTC_OFFSET_MS } from './record.ts'

/** What `picket-sim replay` printed. */
export interface ReplaySummary {
  lines: number
  sent: number
  acknowledged: number
  from: string
  to: string
}

/** A time above the threshold, as the cloud tells of it. Times in ms UTC, sums in mm. */
export interface Episode {
  /** Time of the first reading above the threshold. */
  begin: number
  /** Time of the first reading that is below it again; null while none is. */
  end: number | null
  retrospective: boolean
  /** Times of the readings from begin to end, ascending. */
  hours: readonly number[]
  /** Of the reading that began it, by its trace. */
  p3: number | null
  p15: number | null
}

/** What became of one gauge's record. */
export interface Played {
  gauge: Gauge
  summary: ReplaySummary
  /** Every reading as the cloud has it. */
  stored: { t: number; v: number }[]
  /** Ascending. */
  episodes: Episode[]
}

const RULE = 'rain-p3-p15'
const SITE = 'puget-sound'
// Longer than the engine waits for further old readings.
const SETTLED_MS = 60_000

/**
 * Plays the gauges' records, all at once and as fast as they are taken, through a gateway into a cloud with the
 * shipped rules, each a process of its own.
 *
 * @param onReplayed - told of each record that the gateway has acknowledged in full
 */
export async function play(
  gauges: readonly Gauge[],
  onReplayed: (gauge: Gauge, summary: ReplaySummary) => void = () => {},
): Promise<Played[]> {
  const installation = await Installation.make({
    sites: [{ id: SITE, name: { en: 'Puget Sound', zh: '普吉特海湾' } }],
    devices: gauges.map(({ id }) => ({ id, model: 'hourly-rain-gauge', site: SITE })),
  })
  try {
    // The cloud's clock stands while the record is under way, so that no pause of this machine is taken for its end.
    const now = Date.now()
    const cloud = await installation.startCloud(now)
    await installation.startGateway()
    const { api, fieldUrl } = installation
    const summaries = await Promise.all(
      gauges.map(async gauge => {
        const summary = await replay(gauge, fieldUrl)
        onReplayed(gauge, summary)
        return summary
      }),
    )
    for (const [index, gauge] of gauges.entries())
      await arrival(api, gauge, summaries[index] as ReplaySummary)
    await cloud.advanceTo(now + SETTLED_MS)
    return await Promise.all(
      gauges.map((gauge, index) => outcomeOf(api, gauge, summaries[index] as ReplaySummary)),
    )
  } finally {
    await installation.remove()
  }
}

async function replay(gauge: Gauge, url: string): Promise<ReplaySummary> {
  const simulator = await Program.start({
    name: `replay of ${gauge.id}`,
    script: join(ROOT, 'simulators', 'src', 'main.ts'),
    arguments: [
      ...['replay', '--csv', gauge.file, '--device', gauge.id, '--quantity', 'rain', '--url', url],
      ...['--fixed-width', PICTURE, '--scale', String(MM_PER_HUNDREDTH_INCH)],
      ...['--utc-offset', String(UTC_OFFSET_MS / HOUR_MS)],
    ],
  })
  const { code } = await simulator.ended
  const output = simulator.lines.join('\n')
  if (code !== 0) throw new Error(`picket-sim replay ended with code ${code}: ${output}`)
  return JSON.parse(output) as ReplaySummary
}

const seriesOf = (gauge: Gauge): string => `${gauge.id}/rain`

function spanOf({ from, to }: ReplaySummary): { from: number; to: number } {
  return { from: Date.parse(from), to: Date.parse(to) + 1 }
}

// The gateway acknowledged them to the sensor; now the cloud must come to have them.
async function arrival(api: ApiClient, gauge: Gauge, summary: ReplaySummary): Promise<void> {
  await eventually(
    () => api.countReadings(seriesOf(gauge), spanOf(summary)),
    count => count >= summary.sent,
    60_000,
  )
}

async function outcomeOf(api: ApiClient, gauge: Gauge, summary: ReplaySummary): Promise<Played> {
  const stored = await api.readings(seriesOf(gauge), spanOf(summary))
  const alarms = (await api.alarms()).filter(({ rule, device }) => rule === RULE && device === gauge.id)
  const episodes = await Promise.all(
    alarms.map(async ({ id, onset: begin, clearedAt: end, retrospective }): Promise<Episode> => {
      const { transitions } = await api.alarm(id)
      const { p3 = null, p15 = null } = transitions[0]?.trace.values ?? {}
      const hours = stored.filter(({ t }) => t >= begin && (end === null || t < end)).map(({ t }) => t)
      return { begin, end, retrospective, hours, p3, p15 }
    }),
  )
  return { gauge, summary, stored, episodes: episodes.sort((a, b) => a.begin - b.begin) }
}
