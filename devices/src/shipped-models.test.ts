import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { codecEntry } from './codecs/catalogue.ts'
import { type DeviceModel, readModel } from './model.ts'
import type { Reading } from './reading.ts'

/** Messages as a device of a model sends them, [topic, text or hex], and what they say. */
interface Vector {
  messages: readonly (readonly [topic: string, payload: string])[]
  readings: Readonly<Record<string, number>>
}

const VECTORS: Readonly<Record<string, Vector>> = {
  accelerometer: {
    messages: [
      ['$dp', '{"SK-1": {"L1_JS_1": {"2026-07-01T00:00:00.000Z": {"gX": 1.5, "gY": -2.25, "gZ": 1000.5}}}}'],
    ],
    readings: { acceleration_g_x: 1.5, acceleration_g_y: -2.25, acceleration_g_z: 1000.5 },
  },
  'air-quality': {
    messages: [
      [
        'tcp',
        '##0441QN=20260701080001000;ST=22;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&DataTime=20260701080000;a34004-Rtd=0.021,a34004-Flag=N;a34002-Rtd=0.044,a34002-Flag=N;a21026-Rtd=0.007,a21026-Flag=N;a21004-Rtd=0.031,a21004-Flag=N;a05024-Rtd=0.062,a05024-Flag=N;a21005-Rtd=0.5,a21005-Flag=N;a01001-Rtd=27.1,a01001-Flag=N;a01002-Rtd=63,a01002-Flag=N;a01006-Rtd=100.4,a01006-Flag=N;a01007-Rtd=2.3,a01007-Flag=N;a01008-Rtd=195,a01008-Flag=N&&7F80\r\n',
      ],
    ],
    readings: {
      pm2_5: 0.021,
      pm10: 0.044,
      sulfur_dioxide: 0.007,
      nitrogen_dioxide: 0.031,
      ozone: 0.062,
      carbon_monoxide: 0.5,
      air_temperature: 27.1,
      humidity: 63,
      air_pressure: 100.4,
      wind_speed: 2.3,
      wind_direction: 195,
    },
  },
  aquaculture: {
    messages: [
      ['sensors/aquaculture-1/dissolved_oxygen', '{"t": 1782864000000, "v": 6.8}'],
      ['sensors/aquaculture-1/water_temperature', '{"t": 1782864000000, "v": 24.3}'],
      ['sensors/aquaculture-1/ph', '{"t": 1782864000000, "v": 7.9}'],
    ],
    readings: { dissolved_oxygen: 6.8, water_temperature: 24.3, ph: 7.9 },
  },
  'battery-storage': {
    messages: [
      ['sensors/battery-storage-1/state_of_charge', '{"t": 1782864000000, "v": 64.5}'],
      ['sensors/battery-storage-1/state_of_health', '{"t": 1782864000000, "v": 97.8}'],
      ['sensors/battery-storage-1/voltage', '{"t": 1782864000000, "v": 716.8}'],
      ['sensors/battery-storage-1/current', '{"t": 1782864000000, "v": -82.5}'],
      ['sensors/battery-storage-1/cell_voltage_least', '{"t": 1782864000000, "v": 3.271}'],
      ['sensors/battery-storage-1/cell_voltage_greatest', '{"t": 1782864000000, "v": 3.302}'],
      ['sensors/battery-storage-1/cell_temperature_greatest', '{"t": 1782864000000, "v": 31.5}'],
    ],
    readings: {
      state_of_charge: 64.5,
      state_of_health: 97.8,
      voltage: 716.8,
      current: -82.5,
      cell_voltage_least: 3.271,
      cell_voltage_greatest: 3.302,
      cell_temperature_greatest: 31.5,
    },
  },
  'crack-meter': {
    messages: [['$dp', '{"SK-1": {"L1_LF_1": {"2026-07-01T00:00:00.000Z": 10.86}}}']],
    readings: { displacement: 10.86 },
  },
  'deep-displacement': {
    messages: [
      ['$dp', '{"SK-1": {"L1_SW_1": {"2026-07-01T00:00:00.000Z": {"dispsX": 4.21, "dispsY": -0.36}}}}'],
    ],
    readings: { deep_displacement_disps_x: 4.21, deep_displacement_disps_y: -0.36 },
  },
  'drain-level': {
    messages: [
      ['sensors/drain-level-1/level', '{"t": 1782864000000, "v": 0.42}'],
      ['sensors/drain-level-1/battery', '{"t": 1782864000000, "v": 3.6}'],
    ],
    readings: { level: 0.42, battery: 3.6 },
  },
  'ev-charger': {
    messages: [
      ['sensors/ev-charger-1/power', '{"t": 1782864000000, "v": 58.9}'],
      ['sensors/ev-charger-1/voltage', '{"t": 1782864000000, "v": 402.7}'],
      ['sensors/ev-charger-1/current', '{"t": 1782864000000, "v": 146.3}'],
      ['sensors/ev-charger-1/energy', '{"t": 1782864000000, "v": 20514.2}'],
      ['sensors/ev-charger-1/connector_temperature', '{"t": 1782864000000, "v": 47}'],
    ],
    readings: { power: 58.9, voltage: 402.7, current: 146.3, energy: 20514.2, connector_temperature: 47 },
  },
  'farm-air': {
    messages: [
      ['sensors/farm-air-1/air_temperature', '{"t": 1782864000000, "v": 26.4}'],
      ['sensors/farm-air-1/humidity', '{"t": 1782864000000, "v": 71}'],
      ['sensors/farm-air-1/illuminance', '{"t": 1782864000000, "v": 48200}'],
      ['sensors/farm-air-1/carbon_dioxide', '{"t": 1782864000000, "v": 412}'],
    ],
    readings: { air_temperature: 26.4, humidity: 71, illuminance: 48200, carbon_dioxide: 412 },
  },
  'farm-soil': {
    messages: [
      [
        'tcp',
        '7E7E0100305037680000320027020001260701080500F1F100305037684DF0F0260701080010110182111102141311024938121240031E99',
      ],
    ],
    readings: { soil_moisture_10: 18.2, soil_moisture_20: 21.4, soil_moisture_40: 24.9, battery: 12.4 },
  },
  'feeder-meter': {
    messages: [
      ['sensors/feeder-meter-1/active_power', '{"t": 1782864000000, "v": 1840.5}'],
      ['sensors/feeder-meter-1/voltage', '{"t": 1782864000000, "v": 228.4}'],
      ['sensors/feeder-meter-1/current', '{"t": 1782864000000, "v": 131.2}'],
      ['sensors/feeder-meter-1/frequency', '{"t": 1782864000000, "v": 50.02}'],
    ],
    readings: { active_power: 1840.5, voltage: 228.4, current: 131.2, frequency: 50.02 },
  },
  'float-level-gauge': {
    messages: [
      [
        'tcp',
        '7E7E0100305037680000320021020001260701080500F1F1003050376848F0F0260701080039230000347138121260030818',
      ],
    ],
    readings: { level: 3.471, battery: 12.6 },
  },
  'flow-adcp': {
    messages: [
      [
        'tcp',
        '7E7E0100305037680000320032020001260701080500F1F1003050376848F0F02607010800272B0000412500361B001250011A0330003922000006403812128003C623',
      ],
    ],
    readings: { flow: 412.5, section_velocity: 1.25, section_area: 330, level: 6.4, battery: 12.8 },
  },
  'flow-notch-weir': {
    messages: [
      ['sensors/flow-notch-weir-1/head', '{"t": 1782864000000, "v": 0.1}'],
      ['sensors/flow-notch-weir-1/flow', '{"t": 1782864000000, "v": 0.00433}'],
    ],
    readings: { head: 0.1, flow: 0.00433 },
  },
  'flow-weir': {
    messages: [
      ['sensors/flow-weir-1/head', '{"t": 1782864000000, "v": 0.1}'],
      ['sensors/flow-weir-1/flow', '{"t": 1782864000000, "v": 0.0579}'],
    ],
    readings: { head: 0.1, flow: 0.0579 },
  },
  'gas-detector': {
    messages: [['sensors/gas-detector-1/gas', '{"t": 1782864000000, "v": 3.5}']],
    readings: { gas: 3.5 },
  },
  'gnss-displacement': {
    messages: [
      [
        '$dp',
        '{"SK-1": {"L1_GP_1": {"2026-07-01T00:00:00.000Z": {"gpsTotalX": 12.4, "gpsTotalY": -3.1, "gpsTotalZ": -8.75}}}}',
      ],
    ],
    readings: { gnss_gps_total_x: 12.4, gnss_gps_total_y: -3.1, gnss_gps_total_z: -8.75 },
  },
  'hourly-rain-gauge': {
    messages: [['sensors/hourly-rain-gauge-1/rain', '{"t": 1782864000000, "v": 12.4}']],
    readings: { rain: 12.4 },
  },
  manhole: {
    messages: [
      ['sensors/manhole-1/cover_open', '{"t": 1782864000000, "v": 1}'],
      ['sensors/manhole-1/tilt_angle', '{"t": 1782864000000, "v": 34.5}'],
      ['sensors/manhole-1/battery', '{"t": 1782864000000, "v": 3.58}'],
    ],
    readings: { cover_open: 1, tilt_angle: 34.5, battery: 3.58 },
  },
  'mine-gas': {
    messages: [
      ['sensors/mine-gas-1/methane', '{"t": 1782864000000, "v": 0.32}'],
      ['sensors/mine-gas-1/carbon_monoxide', '{"t": 1782864000000, "v": 4}'],
      ['sensors/mine-gas-1/oxygen', '{"t": 1782864000000, "v": 20.7}'],
      ['sensors/mine-gas-1/temperature', '{"t": 1782864000000, "v": 23.5}'],
    ],
    readings: { methane: 0.32, carbon_monoxide: 4, oxygen: 20.7, temperature: 23.5 },
  },
  'mud-level': {
    messages: [['$dp', '{"SK-1": {"L4_NW_1": {"2026-07-01T00:00:00.000Z": 1.35}}}']],
    readings: { mud_level: 1.35 },
  },
  'phase-meter': {
    messages: [
      ['rs485', '6814010031822168910A3332343534564556CB556716'],
      ['rs485', '6814010031822168910D333235357856348956349A56345F16'],
      ['rs485', '6814010031822168911033323635AB8937598534338634858434D116'],
      ['rs485', '6814010031822168910733323735453334CE16'],
      ['rs485', '6814010031822168910C33323935B33CB33CB33CB33CE516'],
      ['rs485', '681401003182216891063533B335CB7CE716'],
      ['rs485', '6814010031822168910833333433896745338716'],
      ['rs485', '681401003182216891083333353333333333EC16'],
    ],
    readings: {
      voltage_a: 230.1,
      voltage_b: 231.2,
      voltage_c: 229.8,
      current_a: 12.345,
      current_b: 12.356,
      current_c: 12.367,
      active_power: 4.5678,
      active_power_a: 1.5226,
      active_power_b: 1.53,
      active_power_c: 1.5152,
      reactive_power: 1.0012,
      power_factor: 0.98,
      power_factor_a: 0.98,
      frequency: 49.98,
      energy: 1234.56,
      energy_reverse: 0,
    },
  },
  'pore-pressure': {
    messages: [
      ['sensors/pore-pressure-1/frequency', '{"t": 1782864000000, "v": 2800}'],
      ['sensors/pore-pressure-1/temperature', '{"t": 1782864000000, "v": 14.2}'],
      ['sensors/pore-pressure-1/pressure', '{"t": 1782864000000, "v": 28}'],
      ['sensors/pore-pressure-1/head', '{"t": 1782864000000, "v": 2.855}'],
    ],
    readings: { frequency: 2800, temperature: 14.2, pressure: 28, head: 2.855 },
  },
  'pressure-level-gauge': {
    messages: [
      ['sensors/pressure-level-gauge-1/pressure', '{"t": 1782864000000, "v": 120}'],
      ['sensors/pressure-level-gauge-1/air_pressure', '{"t": 1782864000000, "v": 101.325}'],
      ['sensors/pressure-level-gauge-1/water_temperature', '{"t": 1782864000000, "v": 15.1}'],
      ['sensors/pressure-level-gauge-1/level', '{"t": 1782864000000, "v": 1.904}'],
    ],
    readings: { pressure: 120, air_pressure: 101.325, water_temperature: 15.1, level: 1.904 },
  },
  'pv-inverter': {
    messages: [
      ['sensors/pv-inverter-1/ac_power', '{"t": 1782864000000, "v": 48.2}'],
      ['sensors/pv-inverter-1/dc_voltage', '{"t": 1782864000000, "v": 642}'],
      ['sensors/pv-inverter-1/dc_current', '{"t": 1782864000000, "v": 77.1}'],
      ['sensors/pv-inverter-1/energy_day', '{"t": 1782864000000, "v": 212.4}'],
      ['sensors/pv-inverter-1/energy', '{"t": 1782864000000, "v": 190321.5}'],
      ['sensors/pv-inverter-1/temperature', '{"t": 1782864000000, "v": 51}'],
    ],
    readings: {
      ac_power: 48.2,
      dc_voltage: 642,
      dc_current: 77.1,
      energy_day: 212.4,
      energy: 190321.5,
      temperature: 51,
    },
  },
  'rain-gauge': {
    messages: [
      ['$dp', '{"SK-1": {"L3_YL_1": {"2026-07-01T00:00:00.000Z": {"value": 0.4, "totalValue": 812.6}}}}'],
    ],
    readings: { rain: 0.4, rain_total: 812.6 },
  },
  'reservoir-gate': {
    messages: [
      [
        'tcp',
        '7E7E0100305037680000320035020001260701080500F1F100305037684BF0F02607010800091201500C08023B22000088313A2200006102312B000014520038121300035029',
      ],
    ],
    readings: {
      gate_opening: 1.5,
      gates_open: 2,
      level_above: 88.31,
      level_below: 61.02,
      gate_flow: 145.2,
      battery: 13,
    },
  },
  'river-station': {
    messages: [
      [
        'tcp',
        '7E7E010030503768000032003C020001260701080500F1F1003050376848F0F02607010800392200002896201900000526190031961A190000251F19000120272B00000881253812131203F72A',
      ],
    ],
    readings: {
      level: 28.96,
      rain_current: 0.5,
      rain_total: 319.6,
      rain_1h: 2.5,
      rain_day: 12,
      flow: 88.125,
      battery: 13.12,
    },
  },
  'smoke-heat': {
    messages: [
      ['sensors/smoke-heat-1/smoke_alarm', '{"t": 1782864000000, "v": 1}'],
      ['sensors/smoke-heat-1/temperature', '{"t": 1782864000000, "v": 38.5}'],
      ['sensors/smoke-heat-1/battery', '{"t": 1782864000000, "v": 3.1}'],
    ],
    readings: { smoke_alarm: 1, temperature: 38.5, battery: 3.1 },
  },
  'soil-moisture': {
    messages: [
      [
        '$dp',
        '{"SK-1": {"L3_HS_1": {"2026-07-01T00:00:00.000Z": 23.4}, "L3_TW_1": {"2026-07-01T00:00:00.000Z": 17.9}}}',
      ],
    ],
    readings: { soil_moisture: 23.4, soil_temperature: 17.9 },
  },
  'station-status': {
    messages: [
      ['sensors/station-status-1/battery', '{"t": 1782864000000, "v": 12.7}'],
      ['sensors/station-status-1/solar_voltage', '{"t": 1782864000000, "v": 17.9}'],
      ['sensors/station-status-1/signal', '{"t": 1782864000000, "v": -87}'],
      ['sensors/station-status-1/temperature', '{"t": 1782864000000, "v": 31}'],
      ['sensors/station-status-1/door_open', '{"t": 1782864000000, "v": 0}'],
    ],
    readings: { battery: 12.7, solar_voltage: 17.9, signal: -87, temperature: 31, door_open: 0 },
  },
  'strain-bridge': {
    messages: [
      ['sensors/strain-bridge-1/bridge_output', '{"t": 1782864000000, "v": -0.5}'],
      ['sensors/strain-bridge-1/strain', '{"t": 1782864000000, "v": 1001}'],
    ],
    readings: { bridge_output: -0.5, strain: 1001 },
  },
  'strain-fbg': {
    messages: [
      ['sensors/strain-fbg-1/wavelength', '{"t": 1782864000000, "v": 1550.12}'],
      ['sensors/strain-fbg-1/temperature', '{"t": 1782864000000, "v": 20}'],
      ['sensors/strain-fbg-1/strain', '{"t": 1782864000000, "v": 100}'],
    ],
    readings: { wavelength: 1550.12, temperature: 20, strain: 100 },
  },
  'strain-vibrating-wire': {
    messages: [
      ['sensors/strain-vibrating-wire-1/frequency', '{"t": 1782864000000, "v": 2811.4}'],
      ['sensors/strain-vibrating-wire-1/temperature', '{"t": 1782864000000, "v": 18.6}'],
      ['sensors/strain-vibrating-wire-1/strain', '{"t": 1782864000000, "v": -143.2}'],
    ],
    readings: { frequency: 2811.4, temperature: 18.6, strain: -143.2 },
  },
  'street-light': {
    messages: [
      ['sensors/street-light-1/lamp_on', '{"t": 1782864000000, "v": 1}'],
      ['sensors/street-light-1/dimming', '{"t": 1782864000000, "v": 60}'],
      ['sensors/street-light-1/power', '{"t": 1782864000000, "v": 58.4}'],
      ['sensors/street-light-1/voltage', '{"t": 1782864000000, "v": 221.3}'],
      ['sensors/street-light-1/current', '{"t": 1782864000000, "v": 0.27}'],
    ],
    readings: { lamp_on: 1, dimming: 60, power: 58.4, voltage: 221.3, current: 0.27 },
  },
  tilt: {
    messages: [
      [
        '$dp',
        '{"SK-1": {"L1_QJ_1": {"2026-07-01T00:00:00.000Z": {"X": 0.12, "Y": -0.4, "Z": 89.6, "angle": 0.42, "AZI": 216.5}}}}',
      ],
    ],
    readings: { tilt_x: 0.12, tilt_y: -0.4, tilt_z: 89.6, tilt_angle: 0.42, tilt_azi: 216.5 },
  },
  'tipping-bucket': {
    messages: [['sensors/tipping-bucket-1/tips', '{"t": 1782864000000, "v": 1204}']],
    readings: { tips: 1204 },
  },
  transformer: {
    messages: [
      ['sensors/transformer-1/load', '{"t": 1782864000000, "v": 0.82}'],
      ['sensors/transformer-1/oil_temperature', '{"t": 1782864000000, "v": 61.9}'],
      ['sensors/transformer-1/ambient_temperature', '{"t": 1782864000000, "v": 25.6}'],
    ],
    readings: { load: 0.82, oil_temperature: 61.9, ambient_temperature: 25.6 },
  },
  vibration: {
    messages: [
      ['sensors/vibration-1/peak_velocity', '{"t": 1782864000000, "v": 2.35}'],
      ['sensors/vibration-1/main_frequency', '{"t": 1782864000000, "v": 41.5}'],
    ],
    readings: { peak_velocity: 2.35, main_frequency: 41.5 },
  },
  'water-level-gauge': {
    messages: [['sensors/water-level-gauge-1/level', '{"t": 1782864000000, "v": 4.37}']],
    readings: { level: 4.37 },
  },
  'water-meter': {
    messages: [['tcp', '681A68B35303810D00C00059000000826110000001106000004508090A3516']],
    readings: { flow: 5.9, volume: 106182, mains_failed: 1, battery_low: 0, door_closed: 1, on_battery: 1 },
  },
  'water-quality': {
    messages: [
      [
        'tcp',
        '##0402QN=20260701080001000;ST=21;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&DataTime=20260701080000;w01001-Rtd=7.6,w01001-Flag=N;w01010-Rtd=22.5,w01010-Flag=N;w01009-Rtd=7.9,w01009-Flag=N;w01014-Rtd=412,w01014-Flag=N;w01003-Rtd=18,w01003-Flag=N;w01019-Rtd=3.2,w01019-Flag=N;w01018-Rtd=11,w01018-Flag=N;w21003-Rtd=0.24,w21003-Flag=N;w21011-Rtd=0.08,w21011-Flag=N;w21001-Rtd=1.31,w21001-Flag=N&&F141\r\n',
      ],
    ],
    readings: {
      ph: 7.6,
      water_temperature: 22.5,
      dissolved_oxygen: 7.9,
      conductivity: 412,
      turbidity: 18,
      permanganate_index: 3.2,
      cod: 11,
      ammonia_nitrogen: 0.24,
      total_phosphorus: 0.08,
      total_nitrogen: 1.31,
    },
  },
}

const folder = new URL('../models/', import.meta.url)
const models = readdirSync(folder).map((file): DeviceModel => {
  const result = readModel(readFileSync(new URL(file, folder), 'utf8'), file)
  if ('faults' in result) throw new Error(JSON.stringify(result.faults))
  return result.model
})

// What Picket writes of itself comes through no codec.
const OWN = ['cloud', 'gateway']
const sensors = models.filter(({ model }) => !OWN.includes(model))

const bytesOf = (payload: string): Buffer =>
  /^([0-9A-F]{2})+$/.test(payload) ? Buffer.from(payload, 'hex') : Buffer.from(payload)

/** Reads a vector by the model's codec; a model that names none is read as Picket's own JSON. */
async function read({ codec }: DeviceModel, { messages }: Vector): Promise<Reading[]> {
  const create = await codecEntry(codec ?? 'plain-json')?.load()
  if (!create) throw new Error(`there is no codec ${codec}`)
  const reader = create()
  return messages.flatMap(([topic, payload]) => {
    const { readings, faults } = reader.decode(bytesOf(payload), { topic, arrivalMs: Date.UTC(2026, 6, 1) })
    expect(faults).toEqual([])
    return readings
  })
}

describe('the shipped models', () => {
  it('have a vector each', () => {
    expect(Object.keys(VECTORS).sort()).toEqual(sensors.map(({ model }) => model).sort())
  })

  it('are told silent by the minute up to five minutes, else by the hour', () => {
    const tagged = sensors.filter(({ tags }) => tags)
    for (const { model, interval, tags } of tagged)
      expect([model, tags]).toEqual([
        model,
        [interval === '1m' || interval === '5m' ? 'reports-by-minute' : 'reports-by-hour'],
      ])
    expect(sensors.filter(({ tags }) => !tags).map(({ model }) => model)).toEqual([
      'crack-meter',
      'feeder-meter',
      'hourly-rain-gauge',
      'rain-gauge',
      'tilt',
      'transformer',
      'water-level-gauge',
    ])
  })

  it.each(sensors)(
    '$model: its frames hold its quantities, within what the sensor can measure',
    async model => {
      const vector = VECTORS[model.model] as Vector
      const readings = await read(model, vector)
      expect(Object.fromEntries(readings.map(({ quantity, v }) => [quantity, v]))).toMatchObject(
        vector.readings,
      )
      for (const { quantity, v } of readings) {
        expect(Object.keys(model.quantities)).toContain(quantity)
        const [least, greatest] = model.quantities[quantity]?.span ?? [v, v]
        expect(v).toBeGreaterThanOrEqual(least)
        expect(v).toBeLessThanOrEqual(greatest)
      }
    },
  )

  it('say where every range and unit comes from', () => {
    const without = sensors.flatMap(({ model, quantities }) =>
      Object.entries(quantities)
        .filter(([, { source }]) => source.trim().length < 5)
        .map(([quantity]) => `${model}.${quantity}`),
    )
    expect(without).toEqual([])
  })

  it('test the quality of what has limits that hold anywhere', () => {
    const tested = sensors.filter(({ quantities }) => Object.values(quantities).some(({ tests }) => tests))
    expect(tested.map(({ model }) => model)).toEqual(['farm-air', 'pressure-level-gauge'])
  })
})
