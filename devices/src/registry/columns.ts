type Form = 'text' | 'number' | 'list' | 'identifiers' | 'points' | 'json'

/** The columns of a table of the registry: how each is written in a cell. */
export const COLUMNS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['name.en', 'text'],
  ['name.zh', 'text'],
  ['formerly', 'list'],
  ['identifiers', 'identifiers'],
  ['model', 'text'],
  ['site', 'text'],
  ['gateways', 'list'],
  ['interval', 'text'],
  ['location.lat', 'number'],
  ['location.lon', 'number'],
  ['location.altitudeM', 'number'],
  ['polygon', 'points'],
  ['installed.date', 'text'],
  ['installed.depthM', 'number'],
  ['installed.heightM', 'number'],
  ['installed.orientationDeg', 'number'],
  ['installed.by', 'text'],
  ['department', 'text'],
  ['camera', 'text'],
  ['tags', 'list'],
  ['parameters', 'json'],
  ['calibration', 'json'],
  ['passwordFile', 'text'],
])

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i
// What a spreadsheet would take for a formula (OWASP, CSV injection), and the mark that keeps it from that.
const FORMULA = /^[=+\-@\t\r']/

/** A text that no spreadsheet computes; `unmarked` takes the mark off again. */
const marked = (text: string): string => (FORMULA.test(text) ? `'${text}` : text)
export const unmarked = (text: string): string =>
  text.startsWith("'") && FORMULA.test(text.slice(1)) ? text.slice(1) : text

/** A value as a cell holds it. */
export function cellOf(value: unknown, form: Form): string {
  if (value === undefined) return ''
  if (form === 'number') return String(value)
  if (form === 'json') return JSON.stringify(value)
  if (form === 'points')
    return (value as { lat: number; lon: number }[]).map(({ lat, lon }) => `${lat} ${lon}`).join('; ')
  if (form === 'text') return marked(value as string)
  const items =
    form === 'list'
      ? (value as string[])
      : (value as { scheme: string; value: string }[]).map(one => `${one.scheme}:${one.value}`)
  const isPlain =
    items.every(item => !item.includes(';') && item === item.trim()) && !items[0]?.startsWith('[')
  return marked(isPlain ? items.join('; ') : JSON.stringify(items))
}

/** @throws Error with what is wrong with the cell */
export function valueIn(cell: string, form: Form): unknown {
  if (form === 'number') {
    if (!NUMBER.test(cell)) throw new Error(`"${cell}" is no number`)
    return Number(cell)
  }
  if (form === 'json') return fromJson(cell)
  if (form === 'text') return unmarked(cell)
  if (form === 'points') return cell.split(';').map(pointOf)
  const text = unmarked(cell)
  const items = text.startsWith('[') ? fromJson(text) : text.split(';').map(item => item.trim())
  if (form === 'list' || !Array.isArray(items)) return items
  return items.map(item => {
    const [scheme = '', ...value] = String(item).split(':')
    if (value.length === 0) throw new Error(`"${item}" is no scheme:value`)
    return { scheme, value: value.join(':') }
  })
}

function pointOf(text: string): { lat: number; lon: number } {
  const [lat = '', lon = '', ...rest] = text.trim().split(/\s+/)
  if (!NUMBER.test(lat) || !NUMBER.test(lon) || rest.length > 0)
    throw new Error(`"${text.trim()}" is no point: latitude, a blank, longitude`)
  return { lat: Number(lat), lon: Number(lon) }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error((error as Error).message)
  }
}
