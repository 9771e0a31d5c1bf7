// Names of annexes A and B and table 58 of SL 651-2014.

/** Function codes (annex B). */
export const FUNCTIONS: ReadonlyMap<number, string> = new Map([
  [0x2f, 'link maintenance'],
  [0x30, 'test report'],
  [0x31, 'uniform period report'],
  [0x32, 'timed report'],
  [0x33, 'additional report'],
  [0x34, 'hourly report'],
  [0x35, 'manual report'],
  [0x36, 'picture'],
  [0x37, 'query current data'],
  [0x38, 'query data of a period'],
  [0x39, 'query manual data'],
  [0x3a, 'query elements'],
  [0x40, 'set basic parameters'],
  [0x41, 'read basic parameters'],
  [0x42, 'set running parameters'],
  [0x43, 'read running parameters'],
  [0x44, 'query pump motors'],
  [0x45, 'query software version'],
  [0x46, 'query status and alarms'],
  [0x47, 'clear stored data'],
  [0x48, 'restore factory settings'],
  [0x49, 'change password'],
  [0x4a, 'set clock'],
  [0x4b, 'set IC card'],
  [0x4c, 'control pump'],
  [0x4d, 'control valve'],
  [0x4e, 'control gate'],
  [0x4f, 'set water quantity control'],
  [0x50, 'query event log'],
  [0x51, 'query clock'],
])

/** Classes of stations (annex A), whose code is the letter in ASCII. */
export const STATION_TYPES: ReadonlyMap<number, string> = new Map([
  [0x44, 'pumping station'],
  [0x47, 'groundwater'],
  [0x48, 'river'],
  [0x49, 'water intake'],
  [0x4b, 'reservoir'],
  [0x4d, 'soil moisture'],
  [0x4f, 'water outlet'],
  [0x50, 'precipitation'],
  [0x51, 'water quality'],
  [0x54, 'tide'],
  [0x5a, 'sluice and dam'],
])

/** Bits of status and alarms (table 58), lowest first: what a 1 says, as a quantity. */
export const STATUS_BITS: readonly string[] = [
  'mains_failed',
  'battery_low',
  'level_alarm',
  'flow_alarm',
  'quality_alarm',
  'flow_meter_failed',
  'level_meter_failed',
  'door_closed',
  'memory_failed',
  'ic_card_valid',
  'pump_stopped',
  'quota_exceeded',
]

/** How a frame ends (6.2.2), and what that says. */
export const END_MARKS: ReadonlyMap<number, string> = new Map([
  [0x03, 'ETX, nothing follows'],
  [0x17, 'ETB, more follows'],
  [0x05, 'ENQ, inquiry'],
  [0x04, 'EOT, end of transmission'],
  [0x06, 'ACK, go on'],
  [0x15, 'NAK, send again'],
  [0x1b, 'ESC, end, station stays on line'],
])
