/** How the value of an information object is written, without its time (IEC 60870-5-101, clause 7.2.6). */
export type ElementKind =
  | 'single'
  | 'double'
  | 'step'
  | 'bits'
  | 'normalized'
  | 'normalized-plain'
  | 'scaled'
  | 'float'
  | 'counter'
  | 'interrogation'
  | 'counter-interrogation'
  | 'nothing'
  | 'command'

/** The time behind a value: minutes and milliseconds, or the whole date. */
export type TimeTag = 'CP24' | 'CP56'

/** A type of data unit. */
export interface DataType {
  /** As the standard calls it, for example `M_ME_TF_1`. */
  name: string
  kind: ElementKind
  sizeBytes: number
  time?: TimeTag
}

const SIZES: Record<Exclude<ElementKind, 'command'>, number> = {
  single: 1,
  double: 1,
  step: 2,
  bits: 5,
  normalized: 3,
  'normalized-plain': 2,
  scaled: 3,
  float: 5,
  counter: 5,
  interrogation: 1,
  'counter-interrogation': 1,
  nothing: 0,
}
export const TIME_BYTES: Record<TimeTag, number> = { CP24: 3, CP56: 7 }
/** Address of an information object. */
export const ADDRESS_BYTES = 3

const type = (name: string, kind: keyof typeof SIZES, time?: TimeTag): DataType => ({
  name,
  kind,
  sizeBytes: SIZES[kind],
  ...(time ? { time } : {}),
})
const command = (name: string, sizeBytes: number, time?: TimeTag): DataType => ({
  name,
  kind: 'command',
  sizeBytes,
  ...(time ? { time } : {}),
})

/** The types that are read, by their number (IEC 60870-5-101, 7.2.1; 104, clause 8). */
export const TYPES = new Map<number, DataType>([
  [1, type('M_SP_NA_1', 'single')],
  [2, type('M_SP_TA_1', 'single', 'CP24')],
  [3, type('M_DP_NA_1', 'double')],
  [4, type('M_DP_TA_1', 'double', 'CP24')],
  [5, type('M_ST_NA_1', 'step')],
  [6, type('M_ST_TA_1', 'step', 'CP24')],
  [7, type('M_BO_NA_1', 'bits')],
  [8, type('M_BO_TA_1', 'bits', 'CP24')],
  [9, type('M_ME_NA_1', 'normalized')],
  [10, type('M_ME_TA_1', 'normalized', 'CP24')],
  [11, type('M_ME_NB_1', 'scaled')],
  [12, type('M_ME_TB_1', 'scaled', 'CP24')],
  [13, type('M_ME_NC_1', 'float')],
  [14, type('M_ME_TC_1', 'float', 'CP24')],
  [15, type('M_IT_NA_1', 'counter')],
  [16, type('M_IT_TA_1', 'counter', 'CP24')],
  [21, type('M_ME_ND_1', 'normalized-plain')],
  [30, type('M_SP_TB_1', 'single', 'CP56')],
  [31, type('M_DP_TB_1', 'double', 'CP56')],
  [32, type('M_ST_TB_1', 'step', 'CP56')],
  [33, type('M_BO_TB_1', 'bits', 'CP56')],
  [34, type('M_ME_TD_1', 'normalized', 'CP56')],
  [35, type('M_ME_TE_1', 'scaled', 'CP56')],
  [36, type('M_ME_TF_1', 'float', 'CP56')],
  [37, type('M_IT_TB_1', 'counter', 'CP56')],
  [45, command('C_SC_NA_1', 1)],
  [46, command('C_DC_NA_1', 1)],
  [47, command('C_RC_NA_1', 1)],
  [48, command('C_SE_NA_1', 3)],
  [49, command('C_SE_NB_1', 3)],
  [50, command('C_SE_NC_1', 5)],
  [58, command('C_SC_TA_1', 1, 'CP56')],
  [59, command('C_DC_TA_1', 1, 'CP56')],
  [70, command('M_EI_NA_1', 1)],
  [100, type('C_IC_NA_1', 'interrogation')],
  [101, type('C_CI_NA_1', 'counter-interrogation')],
  [102, type('C_RD_NA_1', 'nothing')],
  [103, type('C_CS_NA_1', 'nothing', 'CP56')],
  [105, command('C_RP_NA_1', 1)],
])

/** One address for all objects, which follow each other: a bit beside their count. */
export const SEQUENCE = 0x80

/** Bytes of one object without its address. */
export const objectSize = ({ sizeBytes, time }: DataType): number =>
  sizeBytes + (time === undefined ? 0 : TIME_BYTES[time])

/** Bytes of all objects of a data unit with their addresses; undefined where the type is not known. */
export function objectBytesOf(number: number, qualifier: number): number | undefined {
  const known = TYPES.get(number)
  if (!known) return
  const count = qualifier & 0x7f
  const size = objectSize(known)
  return qualifier & SEQUENCE ? ADDRESS_BYTES + count * size : count * (ADDRESS_BYTES + size)
}

const CAUSES = new Map([
  [1, 'periodic'],
  [2, 'background scan'],
  [3, 'spontaneous'],
  [4, 'initialised'],
  [5, 'requested'],
  [6, 'activation'],
  [7, 'activation confirmed'],
  [8, 'deactivation'],
  [9, 'deactivation confirmed'],
  [10, 'activation ended'],
  [11, 'remote command'],
  [12, 'local command'],
  [13, 'file transfer'],
  [20, 'interrogated'],
  [37, 'counters interrogated'],
  [44, 'unknown type'],
  [45, 'unknown cause'],
  [46, 'unknown common address'],
  [47, 'unknown object address'],
])

/** Why a data unit was sent (7.2.3); bits of the byte beside the cause say "refused" and "test". */
export function causeWords(cause: number): string {
  const code = cause & 0x3f
  const group = code > 20 && code <= 36 ? `interrogated, group ${code - 20}` : undefined
  const counters = code > 37 && code <= 41 ? `counters interrogated, group ${code - 37}` : undefined
  const words = CAUSES.get(code) ?? group ?? counters ?? `cause ${code}`
  return `${words}${cause & REFUSED ? ', refused' : ''}${cause & TEST ? ', test' : ''}`
}
const REFUSED = 0x40
/** Sent under test: no value of the process. */
export const TEST = 0x80
