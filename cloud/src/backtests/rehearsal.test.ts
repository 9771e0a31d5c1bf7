import { expect, it } from 'vitest'
import { rehearse } from './rehearsal.ts'

it('a rehearsal goes all the way: raises and ends of both levels', () => {
  const said = rehearse()
  const result = 'result' in said && 'candidate' in said.result ? said.result : undefined
  const episodes = result?.candidate.episodes ?? []
  expect(new Set(episodes.map(({ device }) => device)).size).toBe(4)
  expect(new Set(episodes.map(({ highest }) => highest))).toContain('red')
  expect(episodes.some(({ clearedAt }) => clearedAt !== null)).toBe(true)
})
