import { afterEach, expect, it } from 'vitest'
import { type DutyPhone, openDutyPhone } from './duty-phone.ts'

let phone: DutyPhone
afterEach(() => phone.close())

it('says what it is told, and answers what is no alarm with 400', async () => {
  const said: string[] = []
  phone = await openDutyPhone(line => said.push(line))
  const post = async (body: string) => (await fetch(phone.url, { method: 'POST', body })).status
  const alarm = {
    ...{ level: 'red', rule: 'river-level', device: 'g1', site: 'river' },
    message: { en: 'g1: 6.2 m', zh: 'g1：6.2 m' },
  }
  expect(await post(JSON.stringify({ kind: 'raised', at: 0, alarm }))).toBe(204)
  expect(await post(JSON.stringify({ kind: 'cleared', at: 1, alarm: { ...alarm, device: null } }))).toBe(204)
  expect(said).toEqual([
    'duty phone: raised red, river-level at g1: g1: 6.2 m',
    'duty phone: cleared, river-level at river: g1: 6.2 m',
  ])
  for (const wrong of [
    '',
    '{',
    'null',
    '{"alarm":{}}',
    '{"kind":{"toString":1},"alarm":{"message":{"en":"x"}}}',
    `"${'x'.repeat(70_000)}"`,
  ])
    expect(await post(wrong)).toBe(400)
  expect(said).toHaveLength(2)
})
