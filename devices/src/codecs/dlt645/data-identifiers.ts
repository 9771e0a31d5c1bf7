/** How the value of a data identifier is written, and what it is. */
export interface DataIdentifier {
  /** In words, for people. */
  name: string
  /** The quantity of a reading; values of the past and parameters have none. */
  quantity?: string
  lengthBytes: number
  /** Undefined: digits that are no number, such as an address or a time. */
  decimals?: number
  unit?: string
  /** The highest bit is a sign. */
  isSigned?: boolean
}

const ENERGIES: readonly [name: string, quantity: string, unit: string][] = [
  ['combined active energy', 'energy_combined', 'kWh'],
  ['forward active energy', 'energy', 'kWh'],
  ['reverse active energy', 'energy_reverse', 'kWh'],
  ['combined reactive energy 1', 'reactive_energy_1', 'kvarh'],
  ['combined reactive energy 2', 'reactive_energy_2', 'kvarh'],
  ['reactive energy of quadrant 1', 'reactive_energy_q1', 'kvarh'],
  ['reactive energy of quadrant 2', 'reactive_energy_q2', 'kvarh'],
  ['reactive energy of quadrant 3', 'reactive_energy_q3', 'kvarh'],
  ['reactive energy of quadrant 4', 'reactive_energy_q4', 'kvarh'],
  ['forward apparent energy', 'apparent_energy', 'kVA.h'],
  ['reverse apparent energy', 'apparent_energy_reverse', 'kVA.h'],
]

type PhaseValue = Omit<DataIdentifier, 'name' | 'quantity'> & {
  name: string
  quantity: string
  total: boolean
}

// Table A.3, DI2 = 01 to 09: values of the moment; DI1 is the phase, 00 the total where there is one.
const PHASE_VALUES = new Map<number, PhaseValue>([
  [1, { name: 'voltage', quantity: 'voltage', lengthBytes: 2, decimals: 1, unit: 'V', total: false }],
  [
    2,
    {
      name: 'current',
      quantity: 'current',
      lengthBytes: 3,
      decimals: 3,
      unit: 'A',
      isSigned: true,
      total: false,
    },
  ],
  [
    3,
    {
      name: 'active power',
      quantity: 'active_power',
      lengthBytes: 3,
      decimals: 4,
      unit: 'kW',
      isSigned: true,
      total: true,
    },
  ],
  [
    4,
    {
      name: 'reactive power',
      quantity: 'reactive_power',
      lengthBytes: 3,
      decimals: 4,
      unit: 'kvar',
      isSigned: true,
      total: true,
    },
  ],
  [
    5,
    {
      name: 'apparent power',
      quantity: 'apparent_power',
      lengthBytes: 3,
      decimals: 4,
      unit: 'kVA',
      isSigned: true,
      total: true,
    },
  ],
  [
    6,
    {
      name: 'power factor',
      quantity: 'power_factor',
      lengthBytes: 2,
      decimals: 3,
      unit: '1',
      isSigned: true,
      total: true,
    },
  ],
  [
    7,
    { name: 'phase angle', quantity: 'phase_angle', lengthBytes: 2, decimals: 1, unit: 'deg', total: false },
  ],
  [
    8,
    {
      name: 'distortion of voltage',
      quantity: 'voltage_distortion',
      lengthBytes: 2,
      decimals: 2,
      unit: '%',
      total: false,
    },
  ],
  [
    9,
    {
      name: 'distortion of current',
      quantity: 'current_distortion',
      lengthBytes: 2,
      decimals: 2,
      unit: '%',
      total: false,
    },
  ],
])

// Table A.3, DI2 = 80, and table A.5: single values.
const SINGLE_VALUES = new Map<number, DataIdentifier>([
  [
    0x02800001,
    {
      name: 'neutral current',
      quantity: 'current_n',
      lengthBytes: 3,
      decimals: 3,
      unit: 'A',
      isSigned: true,
    },
  ],
  [0x02800002, { name: 'frequency', quantity: 'frequency', lengthBytes: 2, decimals: 2, unit: 'Hz' }],
  [
    0x02800003,
    {
      name: 'average active power of a minute',
      quantity: 'active_power_average',
      lengthBytes: 3,
      decimals: 4,
      unit: 'kW',
      isSigned: true,
    },
  ],
  [
    0x02800004,
    {
      name: 'active demand',
      quantity: 'active_demand',
      lengthBytes: 3,
      decimals: 4,
      unit: 'kW',
      isSigned: true,
    },
  ],
  [
    0x02800005,
    {
      name: 'reactive demand',
      quantity: 'reactive_demand',
      lengthBytes: 3,
      decimals: 4,
      unit: 'kvar',
      isSigned: true,
    },
  ],
  [
    0x02800006,
    {
      name: 'apparent demand',
      quantity: 'apparent_demand',
      lengthBytes: 3,
      decimals: 4,
      unit: 'kVA',
      isSigned: true,
    },
  ],
  [
    0x02800007,
    {
      name: 'temperature in the meter',
      quantity: 'temperature',
      lengthBytes: 2,
      decimals: 1,
      unit: 'Cel',
      isSigned: true,
    },
  ],
  [
    0x02800008,
    {
      name: 'voltage of the clock battery',
      quantity: 'clock_battery_voltage',
      lengthBytes: 2,
      decimals: 2,
      unit: 'V',
    },
  ],
  [
    0x02800009,
    {
      name: 'voltage of the reading battery',
      quantity: 'battery_voltage',
      lengthBytes: 2,
      decimals: 2,
      unit: 'V',
    },
  ],
  [0x0280000a, { name: 'working time of the battery', lengthBytes: 4, decimals: 0, unit: 'min' }],
  [0x04000101, { name: 'date and weekday', lengthBytes: 4 }],
  [0x04000102, { name: 'time of day', lengthBytes: 3 }],
  [0x04000401, { name: 'address', lengthBytes: 6 }],
  [0x04000402, { name: 'meter number', lengthBytes: 6 }],
  [0x04000409, { name: 'active constant', lengthBytes: 3, decimals: 0, unit: '/kWh' }],
])

const PHASES = ['', '_a', '_b', '_c']
const PHASE_WORDS = ['total ', 'phase A ', 'phase B ', 'phase C ']

/** The other form of a data identifier: eight hex digits. */
export const identifierText = (identifier: number): string =>
  identifier.toString(16).toUpperCase().padStart(8, '0')

/**
 * What a data identifier of DL/T 645-2007, annex A, means; undefined where it is not one of those that Picket
 * knows.
 *
 * @param identifier - DI3 in the highest byte, DI0 in the lowest
 */
export function describeIdentifier(identifier: number): DataIdentifier | undefined {
  const single = SINGLE_VALUES.get(identifier)
  if (single) return single
  const [di3, di2, di1, di0] = [
    identifier >>> 24,
    (identifier >> 16) & 0xff,
    (identifier >> 8) & 0xff,
    identifier & 0xff,
  ]
  const energy = di3 === 0 ? ENERGIES[di2] : undefined
  if (energy && di1 <= 63 && di0 <= 12) return energyIdentifier(energy, di1, di0)
  const phase = di3 === 2 && di0 === 0 && di1 <= 3 ? PHASE_VALUES.get(di2) : undefined
  if (phase === undefined || (di1 === 0 && !phase.total)) return undefined
  const { total, ...value } = phase
  return { ...value, name: PHASE_WORDS[di1] + phase.name, quantity: phase.quantity + PHASES[di1] }
}

// DI1 is the tariff, 0 their sum; DI0 how many settlement days ago, 0 now.
function energyIdentifier(
  [name, quantity, unit]: readonly [string, string, string],
  tariff: number,
  ago: number,
): DataIdentifier {
  const words = `${name}${tariff === 0 ? '' : `, tariff ${tariff}`}`
  const value = {
    lengthBytes: 4,
    decimals: 2,
    unit,
    isSigned: quantity.endsWith('combined') || /^reactive_energy_[12]/.test(quantity),
  }
  if (ago > 0) return { ...value, name: `${words}, ${ago} settlement days ago` }
  return { ...value, name: words, quantity: quantity + (tariff === 0 ? '' : `_tariff_${tariff}`) }
}

/** The identifiers that a block (FF in DI1) stands for, in the order of its values; empty where it is no block. */
export function blockMembers(identifier: number): number[] {
  if (((identifier >> 8) & 0xff) !== 0xff) return []
  const base = identifier & 0xffff00ff
  const members = Array.from({ length: 64 }, (_, index) => (base | (index << 8)) >>> 0)
  return members.filter(member => describeIdentifier(member) !== undefined)
}
