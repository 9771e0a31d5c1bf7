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
 * A value with four significant digits, no needless zeros and never a rounded whole part; large counts are grouped with thin
 * spaces, as ISO 80000-1 7.3.1 has it, which reads the same in both languages.
 */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(2).replace('-', '−')
  const decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4
  return grouped(Number(value.toFixed(decimals)))
}

/** A tick on a value axis whose ticks stand `step` apart: as many decimals as the step needs. */
export function tickNumber(value: number, step: number): string {
  return grouped(Number(value.toFixed(Math.min(10, Math.max(0, Math.ceil(-Math.log10(step) + 1))))))
}

function grouped(rounded: number): string {
  const [whole, fraction] = String(Math.abs(rounded)).split('.') as [string, string?]
  const groups = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, '\u2009') : whole
  return `${rounded < 0 ? '−' : ''}${groups}${fraction ? `.${fraction}` : ''}`
}

/** A value with its unit; degrees stand without a space. */
export function measureText(value: number, unitCode: string): string {
  const unit = unitText(unitCode)
  if (unit === '') return numberText(value)
  return unit === '°' ? `${numberText(value)}°` : `${numberText(value)}\u00a0${unit}`
}
