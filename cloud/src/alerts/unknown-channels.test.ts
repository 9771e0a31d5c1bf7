import { describe, expect, it } from 'vitest'
import { unknownChannels } from './unknown-channels.ts'

const step = (notify: string[]) => ({ afterMs: 1, notify, repeat: 0 })
const RULES = [
  { id: 'high', notify: ['duty', 'dutty'], escalate: [step(['chief', 'duty'])] },
  { id: 'low', notify: [], escalate: [] },
]

describe('channels that rules name', () => {
  it('and the cloud lacks are told once for each rule, those of an escalation too', () => {
    expect(unknownChannels(RULES, new Set(['duty', 'sms']))).toEqual([
      'rule high notifies "dutty", which is no channel of the cloud (duty, sms)',
      'rule high notifies "chief", which is no channel of the cloud (duty, sms)',
    ])
  })

  it('are no fault where all are there, or none is configured', () => {
    expect(unknownChannels(RULES, new Set(['duty', 'dutty', 'chief']))).toEqual([])
    expect(unknownChannels(RULES, new Set())).toEqual([])
  })
})
