import type { SourceKind } from './source.ts'

/** Every kind of source by its type in the gateway's file. A gateway pays memory for what it uses only. */
export const SOURCE_KINDS: Readonly<Record<string, () => Promise<SourceKind>>> = {
  mqtt: async () => (await import('./mqtt/mqtt-source.ts')).mqttSource,
  stations: async () => (await import('./stations/station-source.ts')).stationSource,
  modbus: async () => (await import('./modbus/modbus-source.ts')).modbusSource,
  coap: async () => (await import('./coap/coap-source.ts')).coapSource,
}
