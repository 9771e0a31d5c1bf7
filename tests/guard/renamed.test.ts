import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { eventually } from '../support/api-client.ts'
import { GATEWAY, Installation } from '../support/installation.ts'
import { Sensor } from '../support/sensor.ts'

// Rules go on naming the site by the id that it had.
const PACK = `pack: wall
rules:
  - id: wall-moves
    name: { en: Wall, zh: 岩壁 }
    message: { en: "{device}: {width} mm", zh: "{device}: {width} mm" }
    select: { model: crack-meter, site: slope }
    features: { width: displacement }
    levels: { orange: { when: width > 10, until: width < 9 } }
    runs: gateway
    notify: [duty]
`
const PRESENT = 'gw-north'

interface Guarded {
  id: string
  guard: { revision: number; reported: { revision: number | null } | null; differences: number } | null
}

let place: Installation | undefined
afterAll(() => place?.remove())

const change = (file: string, edit: (content: { [list: string]: object[] }) => object): void =>
  writeFileSync(file, JSON.stringify(edit(JSON.parse(readFileSync(file, 'utf8')))))

it.runIf(process.env.PICKET_SOAK)(
  'an alarm that a gateway decides goes on when gateway, site and device are renamed, and the engines agree',
  async () => {
    place = await Installation.make({
      sites: [{ id: 'slope', name: { en: 'Slope', zh: '边坡' } }],
      devices: [{ id: 'wall', model: 'crack-meter', site: 'slope' }],
      cloud: { rules: ['wall.yaml'] },
      gateway: { guard: { signingKeyFile: 'cloud-data/signing-key.pub' } },
    })
    const { api, folder, fieldUrl } = place
    const runs = (id: string, revision: number) =>
      eventually(
        async () => (await api.get<{ gateways: Guarded[] }>('/gateways')).gateways[0],
        one =>
          one?.id === id && one.guard?.revision === revision && one.guard.reported?.revision === revision,
      )
    writeFileSync(join(folder, 'wall.yaml'), PACK)
    await place.startCloud()
    const gateway = await place.startGateway()
    await runs(GATEWAY, 1)
    const sensor = new Sensor({ url: fieldUrl, device: 'wall', quantity: 'displacement', window: 8 })
    sensor.start()
    sensor.send({ v: 12 })
    const [alarm] = await eventually(
      async () => (await api.alarms()).filter(({ rule }) => rule === 'wall-moves'),
      found => found.length === 1,
    )

    change(join(folder, 'registry.yaml'), ({ gateways, sites, devices }) => ({
      gateways: [{ ...gateways?.[0], id: PRESENT, formerly: [GATEWAY] }],
      sites: [{ ...sites?.[0], id: 'north', formerly: ['slope'] }],
      devices: [{ ...devices?.[0], id: 'rock', formerly: ['wall'] }],
    }))
    // Under its old name it takes what it is to run now.
    await runs(PRESENT, 2)
    await gateway.stop()
    change(join(folder, 'gateway.yaml'), config => ({ ...config, id: PRESENT }))
    await place.startGateway()
    sensor.send({ v: 5 })
    const { transitions } = await eventually(
      () => api.alarm(alarm?.id as string),
      story => story.alarm.clearedAt !== null,
    )
    expect(transitions.map(({ trace }) => trace)).toMatchObject([{ gateway: GATEWAY }, { gateway: PRESENT }])
    sensor.send({ v: 13 })
    await eventually(
      () => api.alarms('site=slope'),
      found => found.filter(({ rule }) => rule === 'wall-moves').length === 2,
    )
    sensor.stop()
    expect((await runs(PRESENT, 2))?.guard?.differences).toBe(0)
  },
  120_000,
)
