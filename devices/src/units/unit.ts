import type { Fault } from '../fault.ts'
import { ATOMS, type Atom, type Dimension, PREFIXES } from './atoms.ts'

/** A UCUM unit, as a factor and powers of base units. */
export interface Unit {
  /** The code it was read from. */
  text: string
  /** How many of the base units one of it is. */
  factor: number
  dimension: Dimension
  /** A point on a scale with a zero of its own (degrees Celsius); a difference of two such is in kelvin. */
  point: boolean
}

export type UnitResult = { ok: true; unit: Unit } | { ok: false; fault: Fault }

type Measure = Pick<Unit, 'factor' | 'dimension'>

/** The unit of a plain number. */
export const ONE: Unit = { text: '1', factor: 1, dimension: {}, point: false }

const LONGEST_UNIT = 60
const MOST_BRACKETS = 4

/** Thrown within this file only. */
class UnitError extends Error {}

/**
 * Reads a UCUM code such as `mm`, `Cel`, `m3/s`, `kW.h` or `mm/(6.h)`.
 *
 * Written for the units of `atoms.ts` rather than taken from a library: the gateway compiles rules too, and the kept
 * one (@lhncbc/ucum-lhc) brings nine dependencies and a table of all medicine.
 *
 * @returns the unit, or a fault with the code that was probably meant; never throws
 */
export function parseUnit(text: string): UnitResult {
  const unit = read(text)
  if (unit) return { ok: true, unit }
  const message = `"${text}" is no unit that is known here`
  return { ok: false, fault: { code: 'unit-unknown', message, hint: hintFor(text) } }
}

function read(text: string): Unit | undefined {
  try {
    if (text.length > LONGEST_UNIT) return undefined
    const reader = new Reader(text)
    const { factor, dimension } = reader.term(0)
    reader.end()
    return { text, factor, dimension, point: text === 'Cel' }
  } catch (error) {
    if (error instanceof UnitError) return undefined
    throw error
  }
}

/** The product of two units, or with `power` -1 their quotient. */
export function combine(a: Unit, b: Unit, power: 1 | -1): Unit {
  const divisor = /[./]/.test(b.text) ? `(${b.text})` : b.text
  const texts =
    power === 1 ? (a.text === '1' ? b.text : b.text === '1' ? a.text : `${a.text}.${b.text}`) : undefined
  return {
    ...product(a, b, power),
    text: texts ?? (b.text === '1' ? a.text : `${a.text === '1' ? '' : a.text}/${divisor}`),
    point: false,
  }
}

/** True for units of the same kind, whatever their size: mm and m. */
export function isSameKind(a: Unit, b: Unit): boolean {
  const names = new Set([...Object.keys(a.dimension), ...Object.keys(b.dimension)])
  return [...names].every(name => (a.dimension[name] ?? 0) === (b.dimension[name] ?? 0))
}

function product(a: Measure, b: Measure, power: number): Measure {
  const dimension: Record<string, number> = { ...a.dimension }
  for (const [name, exponent] of Object.entries(b.dimension)) {
    dimension[name] = (dimension[name] ?? 0) + exponent * power
    if (dimension[name] === 0) delete dimension[name]
  }
  return { factor: a.factor * b.factor ** power, dimension }
}

/** Reads left to right, as UCUM does: `a/b.c` is `(a/b).c` (§7 and §10). */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Units joined by `.` and `/`; a leading `/` is one over what follows. */
  term(depth: number): Measure {
    if (depth > MOST_BRACKETS) throw new UnitError('too many brackets')
    let result: Measure = this.#text[this.#at] === '/' ? ONE : this.#component(depth)
    for (let operator = this.#operator(); operator; operator = this.#operator())
      result = product(result, this.#component(depth), operator === '/' ? -1 : 1)
    return result
  }

  end(): void {
    if (this.#at < this.#text.length) throw new UnitError('something is left over')
  }

  #operator(): string | undefined {
    return this.#match(/[./]/y)
  }

  #component(depth: number): Measure {
    if (this.#match(/\(/y) !== undefined) {
      const inside = this.term(depth + 1)
      if (this.#match(/\)/y) === undefined) throw new UnitError('a bracket is open')
      return inside
    }
    const unit = this.#simpleUnit()
    this.#match(ANNOTATION)
    return unit
  }

  #simpleUnit(): Measure {
    if (this.#match(ANNOTATION) !== undefined) return ONE
    const number = this.#match(/\d+(?![\d*^])/y)
    if (number !== undefined) return { factor: Number(number), dimension: {} }
    const code = this.#match(/10[*^]|[A-Za-z%']*\[\w+\]|[A-Za-z]+|%|''?/y)
    const exponent = Number(this.#match(/[+-]?\d+/y) ?? 1)
    const atom = code === undefined ? undefined : atomOf(code)
    if (!atom || exponent === 0 || Math.abs(exponent) > 9) throw new UnitError('no unit')
    return product(ONE, atom, exponent)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found) this.#at += found.length
    return found
  }
}

const ANNOTATION = /\{[^{}]*\}/y

function atomOf(code: string): Measure | undefined {
  const atom = ATOMS.get(code)
  if (atom) return atom
  for (const [prefix, factor] of Object.entries(PREFIXES)) {
    const prefixed: Atom | undefined = code.startsWith(prefix)
      ? ATOMS.get(code.slice(prefix.length))
      : undefined
    if (prefixed?.metric) return { factor: factor * prefixed.factor, dimension: prefixed.dimension }
  }
  return undefined
}

// What people write instead of a code.
const MEANT: Readonly<Record<string, string>> = {
  '°C': 'Cel',
  '℃': 'Cel',
  degC: 'Cel',
  '°': 'deg',
  degree: 'deg',
  degrees: 'deg',
  µm: 'um',
  μm: 'um',
  Ω: 'Ohm',
  ohm: 'Ohm',
  sec: 's',
  minute: 'min',
  hour: 'h',
  hours: 'h',
  day: 'd',
  days: 'd',
  year: 'a',
  ppm: '[ppm]',
  ppb: '[ppb]',
  '‰': '[ppth]',
  inch: '[in_i]',
  in: '[in_i]',
  ft: '[ft_i]',
  psi: '[psi]',
  mmHg: 'mm[Hg]',
  kWh: 'kW.h',
  Wh: 'W.h',
  kVA: 'kV.A',
  kvar: 'kV.A',
  var: 'V.A',
  VA: 'V.A',
  Ah: 'A.h',
  rpm: '/min',
  mps: 'm/s',
  kph: 'km/h',
  'm³': 'm3',
  'm²': 'm2',
  'm³/s': 'm3/s',
  Nm: 'N.m',
  MB: 'MBy',
  kB: 'kBy',
  GB: 'GBy',
}

function hintFor(text: string): string {
  const trimmed = text.trim()
  const parts = trimmed.split('/').map(part => MEANT[part.trim()] ?? part.trim().replace('^', ''))
  const guess = parts.join('/')
  if (guess !== text && parts.every(part => part === '' || isUnit(part))) return `write ${guess}`
  const cased = [trimmed.toLowerCase(), trimmed[0]?.toUpperCase() + trimmed.slice(1).toLowerCase()].find(
    isUnit,
  )
  if (cased !== undefined) return `did you mean ${cased}?`
  return 'write a UCUM code, for example mm, Cel, kW, m3/s, mm/d, %, or 1 for a plain number'
}

const isUnit = (text: string): boolean => text !== '' && read(text) !== undefined
