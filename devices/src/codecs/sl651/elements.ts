/** An element of annex C of SL 651-2014: what its value is. */
export interface Element {
  /** Its identifier in ASCII frames. */
  code: string
  quantity: string
  /** UCUM. */
  unit: string
  name: string
}

type Row = readonly [identifier: number, code: string, quantity: string, unit: string, name: string]

const ROWS: readonly Row[] = [
  [0x01, 'AC', 'section_area', 'm2', 'area of the cross section'],
  [0x02, 'AI', 'air_temperature', 'Cel', 'air temperature'],
  [0x03, 'C', 'water_temperature', 'Cel', 'water temperature'],
  [0x06, 'ED', 'evaporation_day', 'mm', 'evaporation of the day'],
  [0x07, 'EJ', 'evaporation', 'mm', 'evaporation'],
  [0x08, 'FL', 'air_pressure', 'hPa', 'air pressure'],
  [0x09, 'GH', 'gate_opening', 'm', 'opening of the gate'],
  [0x0a, 'GN', 'gate_number', '1', 'number of the gate'],
  [0x0b, 'GS', 'gate_type', '1', 'type of the conveying device'],
  [0x0c, 'GT', 'gates_open', '1', 'gates that are open'],
  [0x0d, 'GTP', 'ground_temperature', 'Cel', 'ground temperature'],
  [0x0e, 'H', 'groundwater_depth', 'm', 'depth to the groundwater'],
  [0x0f, 'HW', 'wave_height', 'm', 'wave height'],
  [0x10, 'M10', 'soil_moisture_10', '%', 'soil moisture at 10 cm'],
  [0x11, 'M20', 'soil_moisture_20', '%', 'soil moisture at 20 cm'],
  [0x12, 'M30', 'soil_moisture_30', '%', 'soil moisture at 30 cm'],
  [0x13, 'M40', 'soil_moisture_40', '%', 'soil moisture at 40 cm'],
  [0x14, 'M50', 'soil_moisture_50', '%', 'soil moisture at 50 cm'],
  [0x15, 'M60', 'soil_moisture_60', '%', 'soil moisture at 60 cm'],
  [0x16, 'M80', 'soil_moisture_80', '%', 'soil moisture at 80 cm'],
  [0x17, 'M100', 'soil_moisture_100', '%', 'soil moisture at 100 cm'],
  [0x18, 'MST', 'humidity', '%', 'humidity'],
  [0x19, 'NS', 'pumps_running', '1', 'pumps that run'],
  [0x1a, 'P1', 'rain_1h', 'mm', 'rain of an hour'],
  [0x1b, 'P2', 'rain_2h', 'mm', 'rain of 2 hours'],
  [0x1c, 'P3', 'rain_3h', 'mm', 'rain of 3 hours'],
  [0x1d, 'P6', 'rain_6h', 'mm', 'rain of 6 hours'],
  [0x1e, 'P12', 'rain_12h', 'mm', 'rain of 12 hours'],
  [0x1f, 'PD', 'rain_day', 'mm', 'rain of the day'],
  [0x20, 'PJ', 'rain_current', 'mm', 'current rain'],
  [0x21, 'PN01', 'rain_1m', 'mm', 'rain of a minute'],
  [0x22, 'PN05', 'rain_5m', 'mm', 'rain of 5 minutes'],
  [0x23, 'PN10', 'rain_10m', 'mm', 'rain of 10 minutes'],
  [0x24, 'PN30', 'rain_30m', 'mm', 'rain of 30 minutes'],
  [0x25, 'PR', 'rain_storm', 'mm', 'rain of the storm'],
  [0x26, 'PT', 'rain_total', 'mm', 'cumulative rain'],
  [0x27, 'Q', 'flow', 'm3/s', 'flow'],
  [0x30, 'QA', 'outflow', 'm3/s', 'outflow in all'],
  [0x31, 'QZ', 'gate_flow', 'm3/s', 'flow through the gates'],
  [0x32, 'SW', 'sediment_load', '10*4.t', 'sediment load'],
  [0x33, 'UC', 'wind_direction', '1', 'wind direction, code'],
  [0x34, 'UE', 'wind_force', '{Beaufort}', 'wind force'],
  [0x35, 'US', 'wind_speed', 'm/s', 'wind speed'],
  [0x36, 'VA', 'section_velocity', 'm/s', 'mean velocity of the cross section'],
  [0x37, 'VJ', 'velocity', 'm/s', 'velocity'],
  [0x38, 'VT', 'battery', 'V', 'supply voltage'],
  [0x39, 'Z', 'level', 'm', 'water level'],
  [0x3a, 'ZB', 'level_below', 'm', 'level below the dam or gate'],
  [0x3b, 'ZU', 'level_above', 'm', 'level above the dam or gate'],
  [0x44, 'SQ', 'sediment', 'kg/m3', 'sediment concentration'],
  [0x46, 'PH', 'ph', '[pH]', 'pH'],
  [0x47, 'DO', 'dissolved_oxygen', 'mg/L', 'dissolved oxygen'],
  [0x48, 'COND', 'conductivity', 'uS/cm', 'conductivity'],
  [0x49, 'TURB', 'turbidity', '[NTU]', 'turbidity'],
  [0x4a, 'CODMN', 'permanganate_index', 'mg/L', 'permanganate index'],
  [0x4b, 'REDOX', 'redox_potential', 'mV', 'redox potential'],
  [0x4c, 'NH4N', 'ammonia_nitrogen', 'mg/L', 'ammonia nitrogen'],
  [0x4d, 'TP', 'total_phosphorus', 'mg/L', 'total phosphorus'],
  [0x4e, 'TN', 'total_nitrogen', 'mg/L', 'total nitrogen'],
  [0x4f, 'TOC', 'total_organic_carbon', 'mg/L', 'total organic carbon'],
  [0x50, 'CU', 'copper', 'mg/L', 'copper'],
  [0x51, 'ZN', 'zinc', 'mg/L', 'zinc'],
  [0x52, 'SE', 'selenium', 'mg/L', 'selenium'],
  [0x53, 'AS', 'arsenic', 'mg/L', 'arsenic'],
  [0x54, 'THG', 'mercury', 'mg/L', 'mercury'],
  [0x55, 'CD', 'cadmium', 'mg/L', 'cadmium'],
  [0x56, 'PB', 'lead', 'mg/L', 'lead'],
  [0x57, 'CHLA', 'chlorophyll', 'mg/L', 'chlorophyll a'],
  [0x70, 'VTA', 'voltage_a', 'V', 'voltage of phase A'],
  [0x71, 'VTB', 'voltage_b', 'V', 'voltage of phase B'],
  [0x72, 'VTC', 'voltage_c', 'V', 'voltage of phase C'],
  [0x73, 'VIA', 'current_a', 'A', 'current of phase A'],
  [0x74, 'VIB', 'current_b', 'A', 'current of phase B'],
  [0x75, 'VIC', 'current_c', 'A', 'current of phase C'],
  ...numbered(0x28, 'Q', 'intake_flow', 'm3/s', 'flow of intake'),
  ...numbered(0x3c, 'Z', 'intake_level', 'm', 'level at intake'),
  ...numbered(0x58, 'WP', 'water_pressure', 'kPa', 'water pressure'),
  ...numbered(0x60, 'SYL', 'water_left', 'm3', 'water left at meter'),
  ...numbered(0x68, 'SBL', 'water_per_hour', 'm3/h', 'water of an hour at meter'),
]

// Eight in a row: intakes, pressures and water meters.
function numbered(first: number, code: string, quantity: string, unit: string, name: string): Row[] {
  return Array.from({ length: 8 }, (_, at) => [
    first + at,
    `${code}${at + 1}`,
    `${quantity}_${at + 1}`,
    unit,
    `${name} ${at + 1}`,
  ])
}

/** The elements by identifier; undefined where the standard has none with one plain value. */
export const ELEMENTS: readonly (Element | undefined)[] = Array.from({ length: 256 }, (_, identifier) => {
  const row = ROWS.find(([id]) => id === identifier)
  return row && { code: row[1], quantity: row[2], unit: row[3], name: row[4] }
})

/** The identifier of an element by its code in ASCII frames. */
export const IDENTIFIER_OF: ReadonlyMap<string, number> = new Map(
  ROWS.map(([identifier, code]) => [code, identifier]),
)

/** Values every five minutes of an hour, twelve in all: F4 rain, F5 to FC levels relative to the station's base. */
export const SERIES_COUNT = 12
export const SERIES_STEP_MS = 300_000

/** A kind of five-minute values. */
export interface SeriesElement extends Element {
  lengthBytes: 1 | 2
  /** Counts of this many make one unit. */
  perUnit: number
}

/** Of F4 to FC, in order. */
export const SERIES: readonly SeriesElement[] = [
  { code: 'DRP', quantity: 'rain', unit: 'mm', name: 'rain of 5 minutes', lengthBytes: 1, perUnit: 10 },
  ...Array.from({ length: 8 }, (_, at) => ({
    code: `DRZ${at + 1}`,
    quantity: at === 0 ? 'relative_level' : `relative_level_${at + 1}`,
    unit: 'm',
    name: `relative level ${at + 1} every 5 minutes`,
    lengthBytes: 2 as const,
    perUnit: 100,
  })),
]
