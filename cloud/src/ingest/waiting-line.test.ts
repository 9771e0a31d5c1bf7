import { Lane } from '@picket/devices'
import { beforeEach, describe, expect, it } from 'vitest'
import { WaitingLine } from './waiting-line.ts'

describe('what waits for the one writer', () => {
  let line: WaitingLine
  let ran: string[]
  const add = (lane: Lane, sender: string, name: string): void =>
    line.add({ lane, sender }, { run: () => ran.push(name), done: () => {} })
  const runAll = (): string[] => {
    while (line.length > 0) line.runSome(() => 0)
    return ran
  }
  beforeEach(() => {
    line = new WaitingLine()
    ran = []
  })

  it('goes by lane, and in its order within one', () => {
    add(Lane.BACKLOG, 'a', 'old 1')
    add(Lane.BACKLOG, 'a', 'old 2')
    add(Lane.LIVE, 'a', 'new')
    add(Lane.ALARMS, 'b', 'alarm')
    expect(line.length).toBe(4)
    expect(runAll()).toEqual(['alarm', 'new', 'old 1', 'old 2'])
    expect(line.length).toBe(0)
  })

  it('gives every sender its turn, however much one has', () => {
    for (const number of [1, 2, 3]) add(Lane.LIVE, 'a', `a${number}`)
    add(Lane.LIVE, 'b', 'b1')
    add(Lane.LIVE, 'b', 'b2')
    expect(runAll()).toEqual(['a1', 'b1', 'a2', 'b2', 'a3'])
  })

  it('leaves a commit to what is live, but for one batch of a backlog', () => {
    for (const number of [1, 2, 3]) add(Lane.BACKLOG, 'a', `old ${number}`)
    add(Lane.LIVE, 'a', 'new 1')
    add(Lane.LIVE, 'a', 'new 2')
    const done = line.runSome(() => 50)
    expect(done).toHaveLength(3)
    expect(ran).toEqual(['new 1', 'new 2', 'old 1'])
    line.runSome(() => 1000)
    expect(ran.at(-1)).toBe('old 2')
    expect(line.length).toBe(1)
  })

  it('hurries what a sender has sent before something that must not overtake it', () => {
    add(Lane.BACKLOG, 'a', 'old')
    add(Lane.LIVE, 'b', 'other')
    add(Lane.LIVE, 'a', 'new')
    line.hurry('a')
    add(Lane.ALARMS, 'a', 'hello')
    expect(runAll()).toEqual(['new', 'old', 'hello', 'other'])
  })
})
