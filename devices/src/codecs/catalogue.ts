import type { DeviceModel } from '../model.ts'
import type { Codec } from './codec.ts'

/** A codec that there is. */
export interface CodecEntry {
  name: string
  /** The protocol or standard, in words. */
  title: string
  /** Loads it, so that a gateway pays for what it uses only; the function makes one for each source, by the device model where it reads by one. */
  load(): Promise<(model?: DeviceModel) => Codec>
}

/** Every codec, those that are hardest to mistake first: a guess takes them in this order. */
export const CODECS: readonly CodecEntry[] = [
  {
    name: 'sl651',
    title: 'SL 651-2014, hydrology stations',
    load: async () => (await import('./sl651/sl651.ts')).createSl651,
  },
  {
    name: 'szy206',
    title: 'SZY 206-2016, water resources',
    load: async () => {
      const { szy206 } = await import('./szy206/szy206.ts')
      return () => szy206
    },
  },
  {
    name: 'dlt645',
    title: 'DL/T 645-2007, electricity meters',
    load: async () => {
      const { dlt645 } = await import('./dlt645/dlt645.ts')
      return () => dlt645
    },
  },
  {
    name: 'iec104',
    title: "IEC 60870-5-104, substations; a device model's points",
    load: async () => (await import('./iec104/iec104.ts')).createIec104,
  },
  {
    name: 'modbus-rtu',
    title: "Modbus on serial lines; a device model's registers",
    load: async () => (await import('./modbus/modbus.ts')).createModbusRtu,
  },
  {
    name: 'modbus-tcp',
    title: "Modbus TCP; a device model's registers",
    load: async () => (await import('./modbus/modbus.ts')).createModbusTcp,
  },
  {
    name: 'hj212',
    title: 'HJ 212-2017 as stations send it, pollution sources',
    load: async () => {
      const { createHj212 } = await import('./hj212/hj212.ts')
      return () => createHj212()
    },
  },
  {
    name: 'hj212-strict',
    title: 'HJ 212-2017 as the standard says',
    load: async () => {
      const { createHj212 } = await import('./hj212/hj212.ts')
      return () => createHj212('hj212-strict')
    },
  },
  {
    name: 'senml-cbor',
    title: 'SenML in CBOR, RFC 8428',
    load: async () => {
      const { senmlCbor } = await import('./senml/senml.ts')
      return () => senmlCbor
    },
  },
  {
    name: 'senml-json',
    title: 'SenML in JSON, RFC 8428',
    load: async () => {
      const { senmlJson } = await import('./senml/senml.ts')
      return () => senmlJson
    },
  },
  {
    name: 'sparkplug-b',
    title: 'Sparkplug B, topic spBv1.0/{group}/{type}/{node}[/{device}]',
    load: async () => {
      const { createSparkplugB } = await import('./sparkplug-b/sparkplug-b.ts')
      return () => createSparkplugB()
    },
  },
  {
    name: 'geohazard-json',
    title: "DZ/T, JSON of China's geohazard platform",
    load: async () => {
      const { geohazardJson } = await import('./geohazard-json/geohazard-json.ts')
      return () => geohazardJson
    },
  },
  {
    name: 'plain-json',
    title: "Picket's own JSON, topic sensors/{device}/{quantity}",
    load: async () => {
      const { plainJson } = await import('./plain-json/plain-json.ts')
      return () => plainJson
    },
  },
  {
    name: 'lwm2m-tlv',
    title: 'LwM2M TLV with IPSO objects, NB-IoT devices',
    load: async () => {
      const { lwm2mTlv } = await import('./lwm2m-tlv/lwm2m-tlv.ts')
      return () => lwm2mTlv
    },
  },
  {
    name: 'cayenne-lpp',
    title: 'Cayenne LPP, LoRaWAN sensors',
    load: async () => {
      const { cayenneLpp } = await import('./cayenne-lpp/cayenne-lpp.ts')
      return () => cayenneLpp
    },
  },
  {
    name: 'binary-layout',
    title: "fixed fields, by a device model's layout",
    load: async () => (await import('./binary-layout/binary-layout.ts')).createBinaryLayout,
  },
  {
    name: 'json',
    title: "JSON of any shape, by a device model's json",
    load: async () => (await import('./json/json.ts')).createJson,
  },
  {
    name: 'csv',
    title: "tables, by a device model's csv",
    load: async () => (await import('./csv/csv.ts')).createCsv,
  },
]

/** The entry of that name. */
export const codecEntry = (name: string): CodecEntry | undefined => CODECS.find(entry => entry.name === name)
