/** A series as a page shows it, or as the documentation says it. */
export interface Series {
  name: string
  type: string
  /** Names of its labels, but for a histogram's own. */
  labels: string[]
  help: string
}

/** The series of a page in Prometheus' text format. */
export function seriesOf(page: string): Series[] {
  return [...page.matchAll(/^# HELP (\S+) (.+)\n# TYPE \1 (\S+)$/gm)].map(
    ([, name = '', help = '', type = '']) => {
      const labels = new RegExp(`^${name}\\{(\\w+)="`, 'm').exec(page)?.[1]
      return { name, type, labels: labels === undefined ? [] : [labels], help }
    },
  )
}

/** The samples of a page by what stands before the value. */
export function samplesOf(page: string): Map<string, number> {
  const lines = page.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

/** Units by the end of a name, after a counter's `_total`. */
const UNITS = { _seconds: 's', _bytes: 'bytes', _ratio: '1' }

/** The row of the documentation's table that a series has to have. */
export function rowOf({ name, type, labels, help }: Series): string {
  const stem = name.replace(/_total$/, '')
  const unit = Object.entries(UNITS).find(([end]) => stem.endsWith(end))?.[1] ?? ''
  return `| \`${name}\` | ${type} | ${unit} | ${labels.map(label => `\`${label}\``).join(', ')} | ${help} |`
}
