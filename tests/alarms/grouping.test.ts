import { join } from 'node:path'
import { verifyJournal } from '@picket/cloud'
import { createLog } from '@picket/devices/runtime'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../support/api-client.ts'
import { GatewayClient, token } from '../support/gateway-client.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'
import { registry, SteppedCloud } from './stepped-cloud.ts'

const PASSWORD = 'a gateway password'
const SECOND = 1000
const GAUGES = ['gauge-1', 'gauge-2', 'gauge-3']

const PACK = `pack: river
rules:
  - id: high
    name: { en: High water, zh: 高水位 }
    message: { en: "{device}: {stage} m", zh: "{device}：{stage} m" }
    select: { model: water-level-gauge }
    features: { stage: level }
    levels:
      orange: { when: stage > 3, until: stage < 2 }
      red: { when: stage > 5 }
    notify: [duty]
`

interface GroupBody {
  kind: string
  site: string
  level: string
  notifications: { kind: string; key: string; alarm: { id: string; device: string } }[]
}

let cloud: SteppedCloud
let receiver: WebhookReceiver
let gateway: GatewayClient
const epoch = token()
let next = 0

const connect = async (): Promise<void> => {
  gateway = await GatewayClient.connect({ url: cloud.mqttUrl, gateway: 'gw-1', password: PASSWORD })
  await gateway.greet()
}
const say = async (device: string, v: number): Promise<void> => {
  await cloud.advance(SECOND, SECOND)
  const records = [{ device, quantity: 'level', t: cloud.clock.now(), v, q: 2 }]
  await gateway.deliver({ epoch, firstSeq: next++, records })
}
const messages = (): GroupBody[] => receiver.deliveries.map(({ body }) => body as unknown as GroupBody)
const message = async (number: number): Promise<string[] | undefined> => {
  await eventually(
    async () => messages().length,
    count => count >= number,
  )
  return messages()[number - 1]?.notifications.map(({ kind, alarm }) => `${kind} ${alarm.device}`)
}

beforeAll(async () => {
  receiver = await WebhookReceiver.start(() => false)
  const duty = { name: 'duty', url: receiver.url, group: { wait: '20s', interval: '2m' } }
  cloud = await SteppedCloud.start(
    { rules: ['pack.yaml'], notify: { channels: [duty] } },
    {
      'registry.yaml': registry(GAUGES.map(id => ({ id, model: 'water-level-gauge' }))),
      'pack.yaml': PACK,
      secret: PASSWORD,
    },
  )
  await connect()
})
afterAll(async () => {
  gateway.end()
  await cloud.remove()
  await receiver.stop()
})

it('a channel that groups tells of a site once, of red at once, over a restart; the replay stays equal', async () => {
  for (const gauge of GAUGES) await say(gauge, 4)
  await cloud.restart()
  await connect()
  expect(messages()).toEqual([])
  await cloud.advance(20 * SECOND, SECOND)
  expect(await message(1)).toEqual(GAUGES.map(gauge => `raised ${gauge}`))
  expect(messages()[0]).toMatchObject({ kind: 'group', site: 's', level: 'orange' })

  await say('gauge-1', 6)
  expect(await message(2)).toEqual(['escalated gauge-1'])

  await say('gauge-2', 1)
  await say('gauge-3', 1)
  await cloud.advance(110 * SECOND, SECOND)
  expect(messages()).toHaveLength(2)
  await cloud.advance(20 * SECOND, SECOND)
  expect(await message(3)).toEqual(['cleared gauge-2', 'cleared gauge-3'])

  const [alarm] = (await cloud.api.alarms()).filter(({ device }) => device === 'gauge-2')
  const { notifications } = await cloud.api.get<{ notifications: object[] }>(`/alarms/${alarm?.id}`)
  expect(notifications).toMatchObject([
    { channel: 'duty', kind: 'raised', together: 3, attempts: 1 },
    { channel: 'duty', kind: 'cleared', together: 2, attempts: 1 },
  ])
  const log = createLog('test')
  log.level = 'silent'
  expect(verifyJournal(join(cloud.folder, 'data', 'cloud.db'), new Set(['duty']), log)).toMatchObject({
    notifications: 6,
    differences: [],
  })
})
