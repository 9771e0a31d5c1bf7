/** Powers of base units: `{ m: 1, s: -2 }`. */
export type Dimension = Readonly<Record<string, number>>

/** A unit as a product of base units. */
export interface Atom {
  factor: number
  dimension: Dimension
  /** Takes prefixes: km, mV. */
  metric: boolean
}

/** Factors of the prefixes (UCUM tables 1 and 2). */
export const PREFIXES: Readonly<Record<string, number>> = {
  T: 1e12,
  G: 1e9,
  M: 1e6,
  k: 1e3,
  h: 1e2,
  da: 1e1,
  d: 1e-1,
  c: 1e-2,
  m: 1e-3,
  u: 1e-6,
  n: 1e-9,
  p: 1e-12,
  f: 1e-15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
}

const PA = 1e3
const metric = (factor: number, dimension: Dimension): Atom => ({ factor, dimension, metric: true })
const plain = (factor: number, dimension: Dimension): Atom => ({ factor, dimension, metric: false })

/**
 * The units of UCUM that sensors of slopes, rivers and grids report in, by their case-sensitive codes, over the base
 * units m, s, g, rad, K, C and cd. Bits are a base of their own here (UCUM counts them as numbers), so that bytes are
 * not compared with shares.
 *
 * @see UCUM 2.1, tables 1 to 23 (https://ucum.org/ucum)
 */
export const ATOMS: ReadonlyMap<string, Atom> = new Map([
  ['m', metric(1, { m: 1 })],
  ['s', metric(1, { s: 1 })],
  ['g', metric(1, { g: 1 })],
  ['rad', metric(1, { rad: 1 })],
  ['K', metric(1, { K: 1 })],
  // As a difference; a point on the scale is told apart by `Unit.point`.
  ['Cel', metric(1, { K: 1 })],
  ['C', metric(1, { C: 1 })],
  ['cd', metric(1, { cd: 1 })],
  ['min', plain(60, { s: 1 })],
  ['h', plain(3600, { s: 1 })],
  ['d', plain(86_400, { s: 1 })],
  ['wk', plain(604_800, { s: 1 })],
  ['mo', plain(2_629_800, { s: 1 })],
  ['a', plain(31_557_600, { s: 1 })],
  ['Hz', metric(1, { s: -1 })],
  ['N', metric(1e3, { g: 1, m: 1, s: -2 })],
  ['Pa', metric(PA, { g: 1, m: -1, s: -2 })],
  ['bar', metric(1e5 * PA, { g: 1, m: -1, s: -2 })],
  ['atm', plain(101_325 * PA, { g: 1, m: -1, s: -2 })],
  ['m[H2O]', metric(9806.65 * PA, { g: 1, m: -1, s: -2 })],
  ['m[Hg]', metric(133_322 * PA, { g: 1, m: -1, s: -2 })],
  ['[psi]', plain(6894.757_293_168_36 * PA, { g: 1, m: -1, s: -2 })],
  ['J', metric(1e3, { g: 1, m: 2, s: -2 })],
  ['W', metric(1e3, { g: 1, m: 2, s: -3 })],
  ['A', metric(1, { C: 1, s: -1 })],
  ['V', metric(1e3, { g: 1, m: 2, s: -2, C: -1 })],
  ['F', metric(1e-3, { g: -1, m: -2, s: 2, C: 2 })],
  ['Ohm', metric(1e3, { g: 1, m: 2, s: -1, C: -2 })],
  ['S', metric(1e-3, { g: -1, m: -2, s: 1, C: 2 })],
  ['Wb', metric(1e3, { g: 1, m: 2, s: -1, C: -1 })],
  ['T', metric(1e3, { g: 1, s: -1, C: -1 })],
  ['H', metric(1e3, { g: 1, m: 2, C: -2 })],
  ['lm', metric(1, { cd: 1, rad: 2 })],
  ['lx', metric(1, { cd: 1, rad: 2, m: -2 })],
  ['L', metric(1e-3, { m: 3 })],
  ['l', metric(1e-3, { m: 3 })],
  ['t', metric(1e6, { g: 1 })],
  ['Gal', metric(1e-2, { m: 1, s: -2 })],
  ['[g]', metric(9.806_65, { m: 1, s: -2 })],
  ['deg', plain(Math.PI / 180, { rad: 1 })],
  ["'", plain(Math.PI / 10_800, { rad: 1 })],
  ["''", plain(Math.PI / 648_000, { rad: 1 })],
  ['%', plain(1e-2, {})],
  ['[ppth]', plain(1e-3, {})],
  ['[ppm]', plain(1e-6, {})],
  ['[ppb]', plain(1e-9, {})],
  ['10*', plain(10, {})],
  ['10^', plain(10, {})],
  ['bit', metric(1, { bit: 1 })],
  ['By', metric(8, { bit: 1 })],
  ['Bd', metric(1, { bit: 1, s: -1 })],
  ['[in_i]', plain(0.0254, { m: 1 })],
  ['[ft_i]', plain(0.3048, { m: 1 })],
  ['[pH]', plain(1, { pH: 1 })],
])
