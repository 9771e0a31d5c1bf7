import { Quality } from '../../reading.ts'

/**
 * Quantities of the factors of HJ 212-2017, annex B, and of those of 2005 that are still met. Units are those of
 * the annex: mg/L in water, mg/m3 in air but for those told here.
 */
const FACTORS: ReadonlyMap<string, string> = new Map([
  // Water.
  ['w00000', 'water_flow'], // L/s
  ['w01001', 'ph'],
  ['w01009', 'dissolved_oxygen'],
  ['w01010', 'water_temperature'], // Cel
  ['w01012', 'suspended_solids'],
  ['w01014', 'conductivity'], // uS/cm
  ['w01003', 'turbidity'], // NTU
  ['w01018', 'cod'],
  ['w01019', 'permanganate_index'],
  ['w21001', 'total_nitrogen'],
  ['w21003', 'ammonia_nitrogen'],
  ['w21011', 'total_phosphorus'],
  ['w20119', 'chromium'],
  ['w20120', 'lead'],
  ['w20115', 'cadmium'],
  ['w20111', 'mercury'],
  ['w20122', 'copper'],
  ['w20123', 'zinc'],
  // Air and flue gas.
  ['a00000', 'gas_flow'], // m3/s
  ['a01001', 'air_temperature'], // Cel
  ['a01002', 'humidity'], // %
  ['a01006', 'air_pressure'], // kPa
  ['a01007', 'wind_speed'], // m/s
  ['a01008', 'wind_direction'], // deg
  ['a01011', 'flue_velocity'], // m/s
  ['a01012', 'flue_temperature'], // Cel
  ['a01013', 'flue_pressure'], // Pa
  ['a01014', 'flue_humidity'], // %
  ['a05024', 'ozone'],
  ['a19001', 'oxygen'], // %
  ['a21002', 'nitrogen_oxides'],
  ['a21003', 'nitrogen_monoxide'],
  ['a21004', 'nitrogen_dioxide'],
  ['a21005', 'carbon_monoxide'],
  ['a21026', 'sulfur_dioxide'],
  ['a34001', 'tsp'],
  ['a34002', 'pm10'],
  ['a34004', 'pm2_5'],
  ['a34013', 'dust'],
  // Noise, dB.
  ['LA', 'noise'],
  ['Leq', 'noise_equivalent'],
  // 2005.
  ['001', 'ph'],
  ['011', 'cod'],
  ['060', 'ammonia_nitrogen'],
  ['101', 'total_phosphorus'],
  ['065', 'total_nitrogen'],
  ['B01', 'water_flow'],
  ['B02', 'gas_flow'],
  ['01', 'dust'],
  ['02', 'sulfur_dioxide'],
  ['03', 'nitrogen_oxides'],
  ['S01', 'oxygen'],
  ['S02', 'flue_velocity'],
  ['S03', 'flue_temperature'],
  ['S05', 'flue_humidity'],
  ['S08', 'flue_pressure'],
])

/** Ends of quantities by what a field of a factor holds; empty for the value itself. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ['Rtd', ''],
  ['Avg', '_average'],
  ['Min', '_least'],
  ['Max', '_greatest'],
  ['Cou', '_total'],
  ['ZsRtd', '_converted'],
  ['ZsAvg', '_converted_average'],
  ['ZsMin', '_converted_least'],
  ['ZsMax', '_converted_greatest'],
])

/** Commands that bring data over a period (6.6.5). */
const PERIODS: ReadonlyMap<string, string> = new Map([
  ['2051', '_minute'],
  ['2061', '_hour'],
  ['2031', '_day'],
])

/** Commands by number. */
export const COMMANDS: ReadonlyMap<string, string> = new Map([
  ['1000', 'set timeout and retries'],
  ['1011', 'clock'],
  ['1012', 'set clock'],
  ['1013', 'notify of clock'],
  ['1061', 'interval of real-time data'],
  ['1062', 'set interval of real-time data'],
  ['1072', 'set password'],
  ['2011', 'real-time data'],
  ['2012', 'stop real-time data'],
  ['2021', 'state of equipment'],
  ['2022', 'stop state of equipment'],
  ['2031', 'data of days'],
  ['2041', 'running time of equipment'],
  ['2051', 'data of minutes'],
  ['2061', 'data of hours'],
  ['2081', 'time of start'],
  ['3019', 'serial number of an instrument'],
  ['3020', 'parameters of an instrument'],
  ['9011', 'answer to a request'],
  ['9012', 'result of a request'],
  ['9013', 'answer to a notice'],
  ['9014', 'answer to data'],
])

/**
 * The quantity of `w01018-Avg` in a message of command 2061: `cod_hour_average`; undefined where factor or
 * field are not known.
 */
export function quantityOf(factor: string, field: string, command: string): string | undefined {
  const [base, end] = [FACTORS.get(factor), FIELDS.get(field)]
  return base === undefined || end === undefined ? undefined : `${base}${PERIODS.get(command) ?? ''}${end}`
}

/**
 * What a flag of a value says (table 8). T, above the range of the instrument, is suspect and not bad: it may be an
 * extreme that is real. With F (off), M (serviced), C (calibrated), D (defect) and B (no connection) nothing was
 * measured.
 */
export const QUALITY_OF_FLAG: ReadonlyMap<string, Quality> = new Map([
  ['N', Quality.NOT_EVALUATED],
  ['S', Quality.NOT_EVALUATED],
  ['T', Quality.SUSPECT],
  ['F', Quality.FAIL],
  ['M', Quality.FAIL],
  ['C', Quality.FAIL],
  ['D', Quality.FAIL],
  ['B', Quality.FAIL],
])
