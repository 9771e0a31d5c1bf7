import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { eventually } from '../support/api-client.ts'
import { GATEWAY } from '../support/installation.ts'
import { DEVICES, Station, sizeOf } from './station.ts'

const PRESENT = 'gw-north'

let station: Station | undefined
afterAll(() => station?.remove())

it('a gateway and a site that are renamed keep everything, and nothing is lost or there twice', async () => {
  station = await Station.make({ statusIntervalMs: 200 })
  const { installation } = station
  const { api } = installation
  const change = (name: string, edit: (content: { [list: string]: object[] }) => object): void => {
    const file = join(installation.folder, name)
    writeFileSync(file, JSON.stringify(edit(JSON.parse(readFileSync(file, 'utf8')))))
  }
  const linked = () =>
    eventually(
      () => api.get<{ gateways: { id: string; connected: boolean }[] }>('/gateways'),
      ({ gateways }) => gateways.some(({ id, connected }) => id === PRESENT && connected),
    )
  const cloud = await installation.startCloud()
  const gateway = await installation.startGateway()
  const times = await station.measure(200)
  await station.arrived(times)

  // The devices go on naming the gateway and the site as before, and the gateway itself.
  change('registry.yaml', ({ gateways, sites, ...rest }) => ({
    ...rest,
    sites: [{ ...sites?.[0], id: 'north', formerly: ['hill'] }],
    gateways: [{ ...gateways?.[0], id: PRESENT, formerly: [GATEWAY] }],
  }))
  times.push(...(await station.measure(200)))
  await linked()
  times.push(...(await station.measure(200)))
  await station.arrived(times)

  // What it has acknowledged and the cloud does not have goes with it to its new name.
  await cloud.kill()
  times.push(...(await station.measure(200)))
  await gateway.stop()
  change('gateway.yaml', config => ({ ...config, id: PRESENT }))
  await installation.startCloud()
  await installation.startGateway()
  await linked()
  times.push(...(await station.measure(50)))
  await station.arrived(times)

  expect(await station.stored()).toEqual(times)
  const custody = await eventually(
    () => api.custody(PRESENT),
    epochs => epochs.length === 2 && epochs.every(({ missing }) => missing.length === 0),
  )
  for (const epoch of custody)
    expect(epoch).toMatchObject({ lost: [], dropped: [], quarantined: [], missing: [] })
  const records = custody.reduce((sum, { committed }) => sum + sizeOf(committed), 0)
  expect(records).toBeGreaterThanOrEqual(times.length)
  expect((await api.custody(GATEWAY)).map(({ epoch }) => epoch)).toEqual(custody.map(({ epoch }) => epoch))
  const [metrics] = (await api.metrics()).match(/^picket_readings_duplicate_total \d+/m) ?? []
  expect(metrics).toBe('picket_readings_duplicate_total 0')

  const { devices } = await api.get<{ devices: { id: string; site: string; gateways: string[] }[] }>(
    '/devices',
  )
  expect(devices.map(({ id, site, gateways }) => [id, site, gateways])).toEqual(
    DEVICES.map(id => [id, 'north', [PRESENT]]),
  )
  // What it reported of itself under either id is one series.
  const since = { from: times[0] as number, to: Date.now() + 60_000 }
  const begun = await api.readings(`${PRESENT}/dropped`, since)
  expect(begun.length).toBeGreaterThan(2)
  expect(await api.readings(`${GATEWAY}/dropped`, since)).toEqual(expect.arrayContaining(begun))
}, 60_000)
