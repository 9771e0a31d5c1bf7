import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Alarm, ApiClient, eventually } from '../support/api-client.ts'
import { noBrowser, withBrowser } from '../support/browser.ts'
import { ROOT } from '../support/installation.ts'
import { freePorts } from '../support/ports.ts'
import { Program } from '../support/program.ts'

const PASSWORD = 'main-job-password'
const TOKEN = 'main-job-token-0123456789-0123456789'
const PROMISED_MS = 120_000

if (noBrowser) console.warn(noBrowser)

// One story in several steps, as a newcomer lives it: start, look, acknowledge, stop, start again.
describe('npm start', () => {
  const data = mkdtempSync(join(tmpdir(), 'picket-main-job-'))
  let environment: Record<string, string>
  let console_: string
  let api: ApiClient
  let picket: Program
  let startedAt: number

  const start = (): Promise<Program> =>
    Program.start({
      name: 'npm start',
      script: join(ROOT, 'simulators', 'src', 'demo', 'main.ts'),
      arguments: [],
      environment,
    })

  beforeAll(async () => {
    const [http, mqtt, field] = (await freePorts(3)) as [number, number, number]
    environment = {
      PICKET_DATA: data,
      PICKET_HTTP_PORT: String(http),
      PICKET_MQTT_PORT: String(mqtt),
      PICKET_FIELD_MQTT_PORT: String(field),
      PICKET_ADMIN_PASSWORD: PASSWORD,
      PICKET_ADMIN_TOKEN: TOKEN,
    }
    console_ = `http://127.0.0.1:${http}/`
    api = new ApiClient(`http://127.0.0.1:${http}`, TOKEN)
    startedAt = Date.now()
    picket = await start()
    await eventually(
      () => api.get('/health').catch(() => undefined),
      answer => answer !== undefined,
      PROMISED_MS,
    )
  }, PROMISED_MS + 10_000)

  afterAll(async () => {
    await picket.kill()
    rmSync(data, { recursive: true, force: true })
  })

  /** Transitions of live alarms that the stream itself brought: measured after the start. */
  async function liveSteps(kind: string): Promise<Alarm[]> {
    const alarms = await api.alarms('retrospective=false')
    const stories = await Promise.all(alarms.map(({ id }) => api.alarm(id)))
    return stories
      .filter(({ transitions }) => transitions.some(step => step.kind === kind && step.at > startedAt))
      .map(({ alarm }) => alarm)
  }

  it('shows several days of history', async () => {
    const series = 'qsh-level-1/level'
    const span = { from: startedAt - 5 * 86_400_000, to: startedAt }
    await eventually(
      () => api.countReadings(series, span),
      count => count > 500,
    )
    const points = await api.readings(series, span)
    expect(startedAt - (points[0]?.t ?? startedAt)).toBeGreaterThan(3 * 86_400_000)
    expect((await api.alarms('retrospective=true')).length).toBeGreaterThan(0)
  })

  it.skipIf(noBrowser)(
    'lets an operator see an alarm, ask why, acknowledge it, and read Chinese',
    async () => {
      await withBrowser(async (context, errors) => {
        const page = await context.newPage()
        await signIn(page)
        const first = page.getByTestId('active-alarms').getByTestId('alarm-row').first()
        await first.waitFor()
        // Another one may take its place at the top at any moment.
        const id = (await first.getAttribute('data-alarm')) as string
        const row = page.locator(`[data-testid="alarm-row"][data-alarm="${id}"]`)
        await row.getByTestId('alarm-why').click()
        await row.getByTestId('alarm-trace').getByText('Raised').first().waitFor()
        await row.getByTestId('acknowledge').click()
        await eventually(
          () => api.alarm(id),
          ({ alarm }) => alarm.state === 'acknowledged',
        )
        await page.locator(`[data-alarm="${id}"][data-state="acknowledged"]`).waitFor()

        await page.getByTestId('language-switch').click()
        expect(await page.getByTestId('nav-alarms').textContent()).toContain('告警')
        await page.goto(`${console_}#/devices/qsh-level-1/level`)
        await page.locator('[data-testid="chart-canvas"] canvas').first().waitFor()
        await page.goto(`${console_}#/gateways`)
        await page.locator('[data-testid="gateway-row"][data-connected="true"]').waitFor()
        expect(errors).toEqual([])
      })
    },
    60_000,
  )

  async function signIn(page: Page): Promise<void> {
    await page.goto(console_)
    await page.getByTestId('login-user').fill('admin')
    await page.getByTestId('login-password').fill(PASSWORD)
    await page.getByTestId('login-submit').click()
  }

  it(
    'raises one alarm and clears one from the live stream, within two minutes',
    async () => {
      const left = startedAt + PROMISED_MS - Date.now()
      const [raised] = await eventually(
        () => liveSteps('raised'),
        found => found.length > 0,
        left,
      )
      const [cleared] = await eventually(
        () => liveSteps('cleared'),
        found => found.length > 0,
        startedAt + PROMISED_MS - Date.now(),
      )
      expect(raised?.retrospective).toBe(false)
      expect(cleared?.retrospective).toBe(false)
      const hears = (kind: string, alarm: Alarm | undefined): Promise<unknown> =>
        eventually(
          async () => picket.lines,
          lines =>
            lines.some(
              line => line.startsWith(`duty phone: ${kind}`) && line.includes(` at ${alarm?.device}: `),
            ),
        )
      await Promise.all([hears('raised', raised), hears('cleared', cleared)])
      expect(Date.now() - startedAt).toBeLessThan(PROMISED_MS)
    },
    PROMISED_MS,
  )

  it('stops in order on Ctrl-C, and goes on with nothing lost', async () => {
    const before = await api.alarms()
    expect(await picket.interrupt()).toEqual({ code: 0, signal: null })
    picket = await start()
    await eventually(
      () => api.get('/health').catch(() => undefined),
      answer => answer !== undefined,
    )
    const again = Date.now()
    const newest = async () =>
      (await api.readings('qsh-level-1/level', { from: again, to: again + 600_000 })).length
    await eventually(newest, count => count > 0)
    // What runs on went on: the same episodes, and none a second time.
    const after = new Map((await api.alarms()).map(alarm => [alarm.id, alarm]))
    for (const alarm of before) expect(after.get(alarm.id)?.raisedAt).toBe(alarm.raisedAt)
    const custody = await eventually(
      () => api.custody('gw-demo'),
      epochs => epochs.length > 1 && epochs.every(({ missing }) => missing.length === 0),
    )
    expect(
      custody.flatMap(({ lost, dropped, quarantined }) => [...lost, ...dropped, ...quarantined]),
    ).toEqual([])
  }, 60_000)
})
