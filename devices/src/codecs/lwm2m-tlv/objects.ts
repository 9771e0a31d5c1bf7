/** How a resource is written in TLV (OMA TS LightweightM2M 1.0, annex C). */
export type ResourceType = 'integer' | 'float' | 'boolean' | 'time' | 'text' | 'data'

/** What is known of a resource. */
export interface Resource {
  name: string
  type: ResourceType
  /** UCUM. A resource with a unit is a measured value; others are facts. */
  unit?: string
  /** Units of the wire for one unit of the quantity. */
  divisor?: number
}

const value = (name: string, unit: string, divisor?: number): Resource => ({
  name,
  type: 'float',
  unit,
  ...(divisor ? { divisor } : {}),
})
const count = (name: string, unit: string, divisor?: number): Resource => ({
  ...value(name, unit, divisor),
  type: 'integer',
})
const state = (name: string): Resource => ({ name, type: 'boolean', unit: '1' })
const fact = (name: string, type: ResourceType): Resource => ({ name, type })

/** Resources that mean the same in every IPSO object (OMA's reusable resources). */
export const TIMESTAMP = 5518
/** Part of a second behind the timestamp. */
export const FRACTION = 6050
const REUSABLE: [number, Resource][] = [
  [TIMESTAMP, fact('timestamp', 'time')],
  [5601, fact('min_measured', 'float')],
  [5602, fact('max_measured', 'float')],
  [5603, fact('range_min', 'float')],
  [5604, fact('range_max', 'float')],
  [5700, value('value', '1')],
  [5701, fact('unit', 'text')],
  [5750, fact('application', 'text')],
  [5821, fact('calibration', 'float')],
  [FRACTION, fact('timestamp_fraction', 'float')],
]

/** A sensor with one value. */
const sensor = (name: string, unit: string): [number, Resource][] => [[5700, value(name, unit)]]

const OBJECTS = new Map<number, Map<number, Resource>>(
  (
    [
      [
        3,
        [
          [0, fact('manufacturer', 'text')],
          [1, fact('model_number', 'text')],
          [2, fact('serial_number', 'text')],
          [3, fact('firmware_version', 'text')],
          [6, fact('power_source', 'integer')],
          [7, count('supply_voltage', 'V', 1000)],
          [8, count('supply_current', 'A', 1000)],
          [9, count('battery_level', '%')],
          [10, fact('memory_free_kb', 'integer')],
          [11, fact('error_code', 'integer')],
          [13, fact('clock', 'time')],
          [14, fact('utc_offset', 'text')],
          [15, fact('timezone', 'text')],
          [16, fact('binding', 'text')],
          [17, fact('device_type', 'text')],
          [18, fact('hardware_version', 'text')],
          [19, fact('software_version', 'text')],
          [20, fact('battery_status', 'integer')],
          [21, fact('memory_total_kb', 'integer')],
        ],
      ],
      [
        4,
        [
          [0, fact('network_bearer', 'integer')],
          [1, fact('available_bearer', 'integer')],
          [2, count('signal_strength', 'dB[mW]')],
          [3, count('link_quality', '1')],
          [4, fact('ip_address', 'text')],
          [5, fact('router_address', 'text')],
          [6, count('link_utilization', '%')],
          [7, fact('apn', 'text')],
          [8, fact('cell_id', 'integer')],
          [9, fact('network_code', 'integer')],
          [10, fact('country_code', 'integer')],
          [11, count('signal_snr', 'dB')],
        ],
      ],
      [
        19,
        [
          [0, fact('data', 'data')],
          [1, fact('data_priority', 'integer')],
          [2, fact('created', 'time')],
          [3, fact('description', 'text')],
          [4, fact('data_format', 'text')],
          [5, fact('application_id', 'integer')],
        ],
      ],
      [3200, [[5500, state('digital_input')]]],
      [3202, [[5600, value('analog_input', '1')]]],
      [3300, sensor('value', '1')],
      [3301, sensor('illuminance', 'lx')],
      [3302, [[5500, state('presence')]]],
      [3303, sensor('temperature', 'Cel')],
      [3304, sensor('humidity', '%')],
      [
        3305,
        [
          [5800, value('active_power', 'W')],
          [5805, value('energy', 'W.h')],
          [5810, value('reactive_power', 'var')],
          [5815, value('reactive_energy', 'var.h')],
          [5820, value('power_factor', '1')],
        ],
      ],
      [
        3313,
        [
          [5702, value('acceleration_x', '1')],
          [5703, value('acceleration_y', '1')],
          [5704, value('acceleration_z', '1')],
        ],
      ],
      [3315, sensor('air_pressure', 'Pa')],
      [3316, sensor('voltage', 'V')],
      [3317, sensor('current', 'A')],
      [3322, sensor('load', 'kg')],
      [3323, sensor('pressure', 'Pa')],
      [3325, sensor('concentration', '[ppm]')],
      [3328, sensor('power', 'W')],
      [3330, sensor('distance', 'm')],
      [
        3331,
        [
          [5805, value('energy', 'W.h')],
          [5822, fact('reset', 'data')],
        ],
      ],
    ] satisfies [number, [number, Resource][]][]
  ).map(([id, resources]) => [
    id,
    new Map<number, Resource>(id < 3200 ? resources : [...REUSABLE, ...resources]),
  ]),
)
const WITHOUT_OBJECT = new Map(REUSABLE)

/** What a resource is; those of an object that is not known as far as every object has them. */
export const resourceOf = (object: number | undefined, id: number): Resource | undefined =>
  (OBJECTS.get(object ?? -1) ?? WITHOUT_OBJECT).get(id)
