import { expect, test } from 'vitest'
import { deviceAddress, readRoute } from './route.ts'

test.each([
  ['', { page: 'alarms' }],
  ['#/', { page: 'alarms' }],
  ['#/rules', { page: 'rules' }],
  ['#/flags', { page: 'flags' }],
  ['#/devices', { page: 'devices' }],
  ['#/devices/crack-1', { page: 'device', device: 'crack-1', quantity: undefined }],
  ['#/devices/crack-1/displacement', { page: 'device', device: 'crack-1', quantity: 'displacement' }],
  ['#/devices/a/b/c', { page: 'none' }],
  ['#/rules/x', { page: 'none' }],
  ['#/nonsense', { page: 'none' }],
  ['#/devices/%E0%A4%A', { page: 'none' }],
])('%s', (hash, route) => {
  expect(readRoute(hash)).toEqual(route)
})

test('an address leads back to its device, whatever characters its id has', () => {
  const address = deviceAddress('坡 1?&%', 'a b')
  expect(readRoute(address)).toEqual({ page: 'device', device: '坡 1?&%', quantity: 'a b' })
})
