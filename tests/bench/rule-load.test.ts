import { expect, it } from 'vitest'
import { ALIKE, gauges, LoadedEngine, MIXED, rulesFor } from './rule-load.ts'

it("the bench's rules compile, and its signal passes their limits", () => {
  const rules = [...rulesFor('fed', MIXED), ...rulesFor('alike', ALIKE)]
  const fed = [...gauges('fed', 1), ...gauges('alike', 1)]
  const load = new LoadedEngine({ rules, fed })
  load.feed(load.batches(2880))
  expect(load.effects).toBeGreaterThan(2 * rules.length)
})
