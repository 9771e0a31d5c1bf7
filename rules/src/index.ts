export * from './alarm/alarm.ts'
export * from './level.ts'
export type * from './rule.ts'
