import type { Frame } from './frame.ts'
import type { AlarmLoad } from './shapes.ts'
import { type Language, say, type TextKey } from './text.ts'

const MEASURES: readonly { text: TextKey; is: (load: AlarmLoad) => number; atMost: string }[] = [
  { text: 'load.perDay', is: load => load.perDay, atMost: 'perDay' },
  { text: 'load.perHour', is: load => load.perHour, atMost: 'perHour' },
  { text: 'load.overloaded', is: load => 100 * load.overloadedShare, atMost: 'overloadedShare' },
  { text: 'load.flood', is: load => 100 * load.floodShare, atMost: 'floodShare' },
  { text: 'load.worst', is: load => 100 * load.worstShare, atMost: 'worstShare' },
  { text: 'load.chattering', is: load => load.chattering.length, atMost: 'chattering' },
  { text: 'load.fleeting', is: load => load.fleeting.length, atMost: 'fleeting' },
  { text: 'load.stale', is: load => load.mostStale, atMost: 'mostStale' },
]

/** The measures of ISA-18.2 for one operator, beside what is held to be bearable. Shares are in percent. */
export function alarmMeasures(load: AlarmLoad, refId: string, language: Language): Frame {
  const target = (atMost: string): number | null => {
    const value = Object.hasOwn(load.targets, atMost) ? load.targets[atMost] : undefined
    return value === undefined ? null : atMost.endsWith('Share') ? 100 * value : value
  }
  return {
    refId,
    name: 'alarm load',
    fields: [
      {
        name: 'measure',
        type: 'string',
        values: MEASURES.map(({ text }) => say(text, language)),
        config: { displayName: say('load.measure', language) },
      },
      {
        name: 'is',
        type: 'number',
        values: MEASURES.map(({ is }) => is(load)),
        config: { displayName: say('load.is', language) },
      },
      {
        name: 'atMost',
        type: 'number',
        values: MEASURES.map(({ atMost }) => target(atMost)),
        config: { displayName: say('load.atMost', language) },
      },
    ],
    meta: { preferredVisualisationType: 'table' },
  }
}
