import type { SweepPoint, SweepResult } from './sweep.ts'

const WIDTH = 720
const PANEL_HEIGHT = 200
const LEFT = 70
const RIGHT = 24
const TOP = 56
const GAP = 44
const BOTTOM = 56

interface Axis {
  min: number
  max: number
  ticks: number[]
}

interface Panel {
  title: string
  colour: string
  figureOf: (point: SweepPoint) => number
}

/** Draws what a sweep found as SVG: one panel above the other, along the values of the parameter. */
export function drawSweep(result: SweepResult): string {
  const panels = result.labels > 0 ? scorePanels(result.labels) : EPISODE_PANELS
  const height = TOP + panels.length * PANEL_HEIGHT + (panels.length - 1) * GAP + BOTTOM
  const values = result.points.map(({ value }) => value)
  const x = spanning(Math.min(...values), Math.max(...values))
  const day = (t: number): string => new Date(t).toISOString().slice(0, 10)
  const title = `${result.rule}: ${result.parameter}`
  const subtitle = `${day(result.from)} to ${day(result.to - 1)}${result.labels > 0 ? `, ${result.labels} events` : ''}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1f2933">`,
    `<title>${escapeXml(title)}</title>`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    `<text x="${LEFT}" y="22" font-size="15" font-weight="600">${escapeXml(title)}</text>`,
    `<text x="${LEFT}" y="40" fill="#52606d">${escapeXml(subtitle)}</text>`,
    ...panels.flatMap((panel, index) =>
      drawPanel(panel, { result, x, top: TOP + index * (PANEL_HEIGHT + GAP) }),
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${height - 14}" text-anchor="middle">${escapeXml(`${result.parameter} (${result.unit})`)}; dashed: ${formatTick(result.present)}, the value in the pack</text>`,
    '</svg>',
    '',
  ].join('\n')
}

const scorePanels = (labels: number): Panel[] => [
  {
    title: `Events hit, of ${labels}`,
    colour: '#0b6e4f',
    figureOf: ({ score }) => score?.hits ?? 0,
  },
  { title: 'False alarms', colour: '#b3261e', figureOf: ({ score }) => score?.falseAlarms ?? 0 },
]

const EPISODE_PANELS: Panel[] = [
  { title: 'Alarm episodes', colour: '#b3261e', figureOf: ({ episodes }) => episodes },
  { title: 'Hours in alarm', colour: '#8a5a00', figureOf: ({ minutesInAlarm }) => minutesInAlarm / 60 },
]

function drawPanel(
  { title, colour, figureOf }: Panel,
  { result, x, top }: { result: SweepResult; x: Axis; top: number },
): string[] {
  const bottom = top + PANEL_HEIGHT
  const y = spanning(0, Math.max(1, ...result.points.map(figureOf)))
  const atX = (value: number): number =>
    round(LEFT + ((value - x.min) / (x.max - x.min)) * (WIDTH - LEFT - RIGHT))
  const atY = (value: number): number =>
    round(bottom - ((value - y.min) / (y.max - y.min)) * (PANEL_HEIGHT - 24))
  const points = result.points.map(point => `${atX(point.value)},${atY(figureOf(point))}`)
  const { present } = result
  return [
    `<text x="${LEFT}" y="${top + 12}" font-weight="600" fill="${colour}">${escapeXml(title)}</text>`,
    ...y.ticks.flatMap(tick => [
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${atY(tick)}" y2="${atY(tick)}" stroke="#e4e7eb"/>`,
      `<text x="${LEFT - 8}" y="${atY(tick) + 4}" text-anchor="end">${formatTick(tick)}</text>`,
    ]),
    ...x.ticks.flatMap(tick => [
      `<line x1="${atX(tick)}" x2="${atX(tick)}" y1="${bottom}" y2="${bottom + 5}" stroke="#7b8794"/>`,
      `<text x="${atX(tick)}" y="${bottom + 18}" text-anchor="middle">${formatTick(tick)}</text>`,
    ]),
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}" stroke="#7b8794"/>`,
    ...(present >= x.min && present <= x.max
      ? [
          `<line x1="${atX(present)}" x2="${atX(present)}" y1="${top + 20}" y2="${bottom}" stroke="#52606d" stroke-dasharray="4 3"/>`,
        ]
      : []),
    `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.map(point => {
      const [cx, cy] = point.split(',')
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`
    }),
  ]
}

const MOST_TICKS = 8

/** An axis from `min` to at least `max` with ticks at round numbers. */
function spanning(min: number, max: number): Axis {
  const raw = (max - min) / MOST_TICKS || 1
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = ([1, 2, 5].find(factor => factor * power >= raw) ?? 10) * power
  const first = Math.ceil(min / step - 1e-9)
  const last = Math.floor(max / step + 1e-9)
  const ticks = Array.from({ length: last - first + 1 }, (_, at) =>
    Number(((first + at) * step).toPrecision(12)),
  )
  return { min, max, ticks }
}

const round = (value: number): number => Math.round(value * 10) / 10
const formatTick = (value: number): string => String(Number(value.toPrecision(6)))

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
