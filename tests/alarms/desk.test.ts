import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NoteBody } from '@picket/devices'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/api-client.ts'
import { noBrowser, withBrowser } from '../support/browser.ts'
import { buildConsoleInto } from '../support/built-console.ts'
import { GatewayClient, token } from '../support/gateway-client.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'
import { ADMIN_PASSWORD, registry, SteppedCloud } from './stepped-cloud.ts'

const PASSWORD = 'a gateway password'
const MINUTE = 60_000
// Where pictures go for whoever wants to look at the pages.
const PICTURES = process.env.PICKET_PICTURES

const PACK = `pack: river
rules:
  - id: high
    name: { en: High water, zh: 高水位 }
    message: { en: "{device}: {stage} m", zh: "{device}：{stage} m" }
    select: { model: water-level-gauge }
    features: { stage: level }
    levels:
      orange: { when: stage > 3, until: stage < 2 }
    notify: [duty]
    latch: true
  - id: swift
    name: { en: Swift water, zh: 水流湍急 }
    message: { en: "{device}: {stage} m", zh: "{device}：{stage} m" }
    select: { device: gauge-3 }
    features: { stage: level }
    levels:
      red: { when: stage > 5, until: stage < 4 }
    runs: gateway
    notify: [duty]
`

if (noBrowser) console.warn(noBrowser)

describe.skipIf(noBrowser)('the alarm desk in the console', () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-console-'))
  const epoch = token()
  let cloud: SteppedCloud
  let receiver: WebhookReceiver
  let gateway: GatewayClient
  let next = 0

  const say = async (device: string, v: number): Promise<void> => {
    await cloud.advance(MINUTE, MINUTE)
    const records = [{ device, quantity: 'level', t: cloud.clock.now(), v, q: 2 }]
    await gateway.deliver({ epoch, firstSeq: next++, records })
  }
  const told = (): string[] =>
    receiver.deliveries.map(({ body: { kind, alarm } }) => `${kind} ${alarm.device}`)

  beforeAll(async () => {
    buildConsoleInto(folder)
    receiver = await WebhookReceiver.start(() => false)
    cloud = await SteppedCloud.start(
      { rules: ['pack.yaml'], console: folder, notify: { channels: [{ name: 'duty', url: receiver.url }] } },
      {
        'registry.yaml': registry([
          { id: 'gauge-1', model: 'water-level-gauge' },
          { id: 'gauge-2', model: 'water-level-gauge' },
          { id: 'gauge-3', model: 'water-level-gauge' },
        ]),
        'pack.yaml': PACK,
        secret: PASSWORD,
      },
    )
    gateway = await GatewayClient.connect({ url: cloud.mqttUrl, gateway: 'gw-1', password: PASSWORD })
    await gateway.greet()
  }, 60_000)
  afterAll(async () => {
    gateway.end()
    await cloud.remove()
    await receiver.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function signIn(page: Page): Promise<void> {
    await page.goto(cloud.api.base)
    await page.getByTestId('login-user').fill('admin')
    await page.getByTestId('login-password').fill(ADMIN_PASSWORD)
    await page.getByTestId('login-submit').click()
    await page.getByTestId('nav-alarms').waitFor()
  }

  const rowOf = (page: Page, name: string): Locator =>
    page.getByTestId('alarm-row').filter({ hasText: name }).first()

  async function picture(page: Page, name: string): Promise<void> {
    if (PICTURES === undefined) return
    for (const [size, viewport] of [
      ['wide', { width: 1280, height: 900 }],
      ['phone', { width: 390, height: 844 }],
    ] as const) {
      await page.setViewportSize(viewport)
      for (const language of ['en', 'zh']) {
        await page.screenshot({ path: join(PICTURES, `${name}-${size}-${language}.png`), fullPage: true })
        await page.getByTestId('language-switch').click()
      }
    }
    await page.setViewportSize({ width: 1280, height: 900 })
  }

  async function shelve(page: Page): Promise<void> {
    await say('gauge-1', 3.4)
    await eventually(
      async () => told(),
      all => all.includes('raised gauge-1'),
    )

    const row = rowOf(page, 'gauge-1')
    await row.getByTestId('alarm-shelve').click()
    await row.getByTestId('shelve-4h').click()
    await row.getByTestId('shelve-reason').fill('the crew stands beside it, calls in every hour')
    await picture(page, 'shelve')
    await row.getByTestId('shelve-submit').click()
    await row.locator('[data-testid="flag-mark"][data-kind="shelved"]').waitFor()
    await row.getByTestId('alarm-why').click()
    await row.getByTestId('withheld').getByText('the crew stands beside it').waitFor()
    await picture(page, 'shelved')

    await page.getByTestId('nav-flags').click()
    const flag = page.getByTestId('flags-in-force').getByTestId('flag-row')
    await flag.getByText('the crew stands beside it').waitFor()
    const planned = page.getByTestId('set-flag')
    await planned.getByTestId('flag-site').selectOption('s')
    await planned.getByTestId('flag-from').fill(localTime(cloud.clock.now() + 24 * 60 * MINUTE))
    await planned.getByTestId('flag-until').fill(localTime(cloud.clock.now() + 20 * 60 * MINUTE))
    await planned.getByTestId('flag-reason').fill('the gauges are cleaned')
    await planned.getByTestId('flag-submit').click()
    await planned.getByTestId('flag-refusal').getByText('must end after it begins').waitFor()
    await planned.getByTestId('flag-until').fill(localTime(cloud.clock.now() + 28 * 60 * MINUTE))
    await planned.getByTestId('flag-submit').click()
    await page.getByTestId('flags-planned').getByText('the gauges are cleaned').waitFor()
    await picture(page, 'flags')

    const before = told().length
    await flag.getByTestId('flag-end').click()
    await page.getByTestId('no-flags').waitFor()
    await eventually(
      async () => told().slice(before),
      all => all.length > 0,
    )
    expect(told().slice(before)).toEqual(['announced gauge-1'])
    await page.getByTestId('flags-planned').getByTestId('flag-end').click()
    await page.getByTestId('flags-planned').waitFor({ state: 'detached' })
  }

  async function letGo(page: Page): Promise<void> {
    await page.getByTestId('nav-alarms').click()
    await say('gauge-2', 3.4)
    await say('gauge-2', 1)
    const row = page.getByTestId('unseen-alarms').getByTestId('alarm-row').filter({ hasText: 'gauge-2' })
    await row.getByTestId('acknowledge').click()
    await row.getByTestId('reset-with-note').click()
    await row.getByTestId('reset-note').fill('the gauge was read by eye')
    await picture(page, 'latched')
    await row.getByTestId('reset').click()
    const over = page.getByTestId('recent-alarms').getByTestId('alarm-row').filter({ hasText: 'gauge-2' })
    await over.getByTestId('alarm-why').click()
    await over.getByTestId('alarm-trace').getByText('the gauge was read by eye').waitFor()
    await over.getByTestId('alarm-trace').getByText('Told').first().waitFor()
    await picture(page, 'reset')
  }

  async function endForGateway(page: Page): Promise<void> {
    await page.getByTestId('nav-alarms').click()
    await gateway.report({ revision: 1, rules: ['swift'], outputs: {} })
    await say('gauge-3', 6)
    const note = { type: 'transition', transition: swiftStep(cloud.clock.now()) } as unknown as NoteBody
    await gateway.deliver({ epoch, firstSeq: next++, records: [{ note }] })
    const row = rowOf(page, 'Swift water')
    await row.getByTestId('alarm-why').click()
    await row.getByTestId('decider').getByText('gw-1').waitFor()
    await row.getByTestId('reset').click()
    await row.getByRole('alert').getByText('It is not over').waitFor()
    // The water has fallen, and the gateway says nothing of its alarm: it has another card.
    await say('gauge-3', 1)
    await row.getByTestId('reset-with-note').click()
    await row.getByTestId('reset-note').fill('the card was lost')
    await picture(page, 'end')
    await row.getByTestId('reset').click()
    const over = page.getByTestId('unseen-alarms').getByTestId('alarm-row').filter({ hasText: 'Swift water' })
    await over.getByTestId('alarm-why').click()
    await over.getByTestId('alarm-trace').getByText('the card was lost').waitFor()
    expect(await over.getByTestId('decider').count()).toBe(0)
  }

  it('shelves an alarm and ends that, whereupon it is told; acknowledges a latched one that is over, and resets it; ends one whose gateway is gone', async () => {
    await withBrowser(async (context, errors) => {
      const page = await context.newPage()
      await signIn(page)
      await shelve(page)
      await letGo(page)
      await endForGateway(page)
      expect(errors).toEqual([])
    })
  }, 60_000)
})

/** As a gateway tells that its own engine has raised an alarm. */
function swiftStep(at: number): object {
  const texts = { en: 'swift', zh: 'swift' }
  return {
    ...{ type: 'transition', episode: 'ab'.repeat(12), device: 'gauge-3', site: 's' },
    ...{ kind: 'raised', level: 'red', at, onset: at, decidedAt: at, retrospective: false },
    rule: { ...{ id: 'swift', revision: 'r', name: texts, message: texts }, notify: ['duty'], latch: false },
    trace: {
      ...{ cause: 'reading', values: { stage: 6 }, conditions: [], missing: false, outOfSeason: false },
      ...{ lastSample: at, quality: {}, ruleRevision: 'r' },
    },
  }
}

/** As a field for local times takes it. */
function localTime(t: number): string {
  const shifted = new Date(t - new Date(t).getTimezoneOffset() * MINUTE)
  return shifted.toISOString().slice(0, 16)
}
