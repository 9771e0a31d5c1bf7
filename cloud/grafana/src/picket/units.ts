// Grafana's ids of units (packages/grafana-data/src/valueFormats/categories.ts) by UCUM code.
const GRAFANA_UNITS: Readonly<Record<string, string>> = {
  '1': 'short',
  '%': 'percent',
  A: 'amp',
  By: 'decbytes',
  Cel: 'celsius',
  Hz: 'hertz',
  J: 'joule',
  MBy: 'decmbytes',
  Pa: 'pressurepa',
  V: 'volt',
  VA: 'voltamp',
  W: 'watt',
  deg: 'degree',
  h: 'h',
  hPa: 'pressurehpa',
  kPa: 'pressurekpa',
  kV: 'kvolt',
  kVA: 'kvoltamp',
  kW: 'kwatt',
  'kW.h': 'kwatth',
  km: 'lengthkm',
  m: 'lengthm',
  'm/s': 'velocityms',
  mA: 'mamp',
  min: 'm',
  mm: 'lengthmm',
  ms: 'ms',
  s: 's',
}

/** How Grafana writes values of a unit; a unit that it does not know is written behind the number. */
export function grafanaUnit(ucum: string | null): string | undefined {
  if (ucum === null || ucum === '') return undefined
  return Object.hasOwn(GRAFANA_UNITS, ucum) ? GRAFANA_UNITS[ucum] : `suffix: ${ucum}`
}
