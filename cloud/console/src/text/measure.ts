// UCUM codes whose printed symbol differs (ucum.org, print symbols of table 2 and onward).
const SYMBOLS: Record<string, string> = {
  '1': '',
  '%': '%',
  Cel: '°C',
  deg: '°',
  'deg/h': '°/h',
  MBy: 'MB',
  GBy: 'GB',
  By: 'B',
  um: 'µm',
  Ohm: 'Ω',
  'm3/s': 'm³/s',
  m2: 'm²',
  m3: 'm³',
}

/** A UCUM code as people print it; an unknown one as it is. */
export const unitText = (code: string): string => SYMBOLS[code] ?? code

/**
 * A value with at most five significant digits and no needless zeros; large counts are grouped with thin
 * spaces, as ISO 80000-1 7.3.1 has it, which reads the same in both languages.
 */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(2).replace('-', '−')
  const decimals = size >= 10_000 ? 0 : size >= 1000 ? 1 : size >= 100 ? 2 : size >= 1 ? 3 : 4
  const rounded = Number(value.toFixed(decimals))
  const [whole, fraction] = String(Math.abs(rounded)).split('.') as [string, string?]
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, '\u2009') : whole
  return `${rounded < 0 ? '−' : ''}${grouped}${fraction ? `.${fraction}` : ''}`
}

/** A value with its unit; degrees stand without a space. */
export function measureText(value: number, unitCode: string): string {
  const unit = unitText(unitCode)
  if (unit === '') return numberText(value)
  return unit === '°' ? `${numberText(value)}°` : `${numberText(value)}\u00a0${unit}`
}
