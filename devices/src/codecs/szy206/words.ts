/** What a report holds, by the function code of its control field. */
export interface Parameter {
  name: string
  /** Values of a group, in their order; without them the data are kept in hex. */
  values: readonly {
    quantity: string
    unit: string
    lengthBytes: number
    decimals: number
    isSigned: boolean
  }[]
}

const level = { quantity: 'level', unit: 'm', lengthBytes: 4, decimals: 3, isSigned: true }
const flow = { quantity: 'flow', unit: 'm3/s', lengthBytes: 5, decimals: 3, isSigned: true }
const volume = { quantity: 'volume', unit: 'm3', lengthBytes: 5, decimals: 0, isSigned: false }

export const PARAMETERS: ReadonlyMap<number, Parameter> = new Map([
  [0x00, { name: 'acknowledgement', values: [] }],
  [
    0x01,
    {
      name: 'rain',
      values: [{ quantity: 'rain', unit: 'mm', lengthBytes: 3, decimals: 1, isSigned: false }],
    },
  ],
  [0x02, { name: 'water level', values: [level] }],
  [0x03, { name: 'flow and volume', values: [flow, volume] }],
  [
    0x04,
    {
      name: 'velocity',
      values: [{ quantity: 'velocity', unit: 'm/s', lengthBytes: 3, decimals: 3, isSigned: true }],
    },
  ],
  [
    0x05,
    {
      name: 'gate opening',
      values: [{ quantity: 'gate_opening', unit: 'm', lengthBytes: 3, decimals: 2, isSigned: false }],
    },
  ],
  [0x06, { name: 'power', values: [] }],
  [0x07, { name: 'air pressure', values: [] }],
  [0x08, { name: 'wind', values: [] }],
  [0x09, { name: 'water temperature', values: [] }],
  [0x0a, { name: 'water quality', values: [] }],
  [0x0b, { name: 'soil moisture', values: [] }],
  [0x0c, { name: 'evaporation', values: [] }],
  [0x0d, { name: 'alarm or status', values: [] }],
  [0x0e, { name: 'combined parameters', values: [] }],
  [0x0f, { name: 'water pressure', values: [] }],
])

/** Application functions. */
export const APPLICATION_FUNCTIONS: ReadonlyMap<number, string> = new Map([
  [0x02, 'link test'],
  [0x10, 'set address'],
  [0x11, 'set clock'],
  [0x12, 'set working mode'],
  [0x50, 'query address'],
  [0x51, 'query clock'],
  [0x61, 'query picture'],
  [0x81, 'alarm report'],
  [0x82, 'manual report'],
  [0x83, 'picture report'],
  [0x84, 'voltage report'],
  [0xb0, 'query of current values'],
  [0xc0, 'report of current values'],
])

export const LINK_TESTS: ReadonlyMap<number, string> = new Map([
  [0xf0, 'log in'],
  [0xf1, 'log out'],
  [0xf2, 'stay on line'],
])

/** Bits of the alarm word, lowest first: what a 1 says, as a quantity; empty where reserved. */
export const ALARM_BITS: readonly string[] = [
  'mains_failed',
  'battery_low',
  'level_alarm',
  'flow_alarm',
  'quality_alarm',
  'flow_meter_failed',
  'pump_stopped',
  'level_meter_failed',
  'pressure_alarm',
  '',
  'ic_card_alarm',
  'quota_alarm',
  'water_left_low',
  'door_alarm',
]

/** Bits 2 to 6 of the status word; bits 0 and 1 are the working mode. */
export const STATUS_BITS: readonly string[] = [
  '',
  '',
  'ic_card_valid',
  'quota_control',
  'pump_off',
  'door_closed',
  'on_battery',
]
export const WORKING_MODES: readonly string[] = [
  'reports and answers',
  'reports and waits for confirmation',
  'answers',
  'is being serviced',
]
