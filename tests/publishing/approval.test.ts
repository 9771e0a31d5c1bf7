import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_PASSWORD, registry, SteppedCloud } from '../alarms/stepped-cloud.ts'
import { ApiClient } from '../support/api-client.ts'
import { ROOT } from '../support/installation.ts'
import { picketRules } from '../support/picket-rules.ts'

const run = promisify(execFile)

const pack = (limit: number): string => `pack: river
rules:
  - id: flood
    name: { en: Flood, zh: 洪水 }
    message: { en: "{device}: {stage} m", zh: "{device}：{stage} m" }
    select: { model: water-level-gauge }
    features: { stage: level }
    levels:
      red: { when: stage > ${limit} }
    lifeSafety: true
`

describe('a life-safety rule', () => {
  let cloud: SteppedCloud
  const tokens = new Map<string, string>()
  const as = (user: string): ApiClient => new ApiClient(cloud.api.base, tokens.get(user) as string)
  const config = () => ['--config', join(cloud.folder, 'cloud.yaml')]
  const picketCloud = (...words: string[]) =>
    run(process.execPath, [join(ROOT, 'cloud', 'src', 'main.ts'), ...config(), 'user', ...words])
  const limits = async (): Promise<string | undefined> => {
    const { rules } = await cloud.api.get<{ rules: { levels: { when: string }[] }[] }>('/rules')
    return rules[0]?.levels[0]?.when
  }
  const step = (client: ApiClient, name: string) =>
    client.post(`/rule-sets/2/${name}`, { reason: 'tried' }).catch((error: Error) => error.message)

  beforeAll(async () => {
    cloud = await SteppedCloud.start(
      { rules: ['pack.yaml'] },
      {
        'registry.yaml': registry([{ id: 'g1', model: 'water-level-gauge' }]),
        'pack.yaml': pack(3),
        'new.yaml': pack(4),
        secret: 'a gateway password',
      },
    )
    await cloud.restart(async () => {
      for (const [name, role] of [
        ['li-wei', 'admin'],
        ['guest', 'viewer'],
      ] as const) {
        const { stdout } = await picketCloud(name, '--role', role, '--token')
        tokens.set(name, /^token (.*)$/m.exec(stdout)?.[1] as string)
      }
    })
  }, 60_000)
  afterAll(() => cloud.remove())

  it('is proposed by one person, and not published before another has agreed', async () => {
    const proposed = await picketRules(
      cloud.api,
      ...['propose', join(cloud.folder, 'new.yaml'), '--reason', 'too many'],
    )
    expect(proposed).toMatchObject({ code: 0, errors: '' })
    expect(await picketRules(cloud.api, 'publish', '2', '--reason', 'now')).toMatchObject({
      code: 1,
      errors: expect.stringMatching(
        /changes life-safety rules \(flood\): somebody else than token admin has to/,
      ),
    })
    expect(await step(cloud.api, 'publish')).toMatch(/409 .*approval-needed/)
    expect(await limits()).toBe('stage > 3')
  })

  it('is not approved by its author, neither by token nor by password, nor by who may only read', async () => {
    expect(await picketRules(cloud.api, 'approve', '2', '--reason', 'mine')).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/is by token admin; somebody else has to approve it/),
    })
    const { origin } = new URL(cloud.api.base)
    const headers = { 'content-type': 'application/json', origin }
    const login = await fetch(`${origin}/api/v1/session`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ user: 'admin', password: ADMIN_PASSWORD }),
    })
    const cookie = login.headers.getSetCookie().map(one => one.split(';')[0] as string)
    const own = await fetch(`${origin}/api/v1/rule-sets/2/approve`, {
      method: 'POST',
      headers: { ...headers, cookie: cookie.join('; ') },
      body: JSON.stringify({ reason: 'mine' }),
    })
    expect([own.status, await own.json()]).toMatchObject([403, { error: { code: 'approval-own' } }])
    expect(await step(as('guest'), 'approve')).toMatch(/403/)
    expect(await step(cloud.api, 'publish')).toMatch(/409 .*approval-needed/)
  })

  it('is in force when a second person has approved and the first publishes', async () => {
    expect(await picketRules(as('li-wei'), 'approve', '2', '--reason', 'read it')).toMatchObject({ code: 0 })
    expect(await limits()).toBe('stage > 3')
    expect((await picketRules(cloud.api, 'publish', '2', '--reason', 'agreed')).out).toMatch(
      /^rule set 2 is live/m,
    )
    expect(await limits()).toBe('stage > 4')
    const { events } = await cloud.api.get<{ events: { kind: string; by: string; why: string }[] }>(
      '/rule-sets/2',
    )
    expect(events.map(({ kind, by, why }) => `${kind} ${by}: ${why}`)).toEqual([
      'proposed token admin: too many',
      'approved token li-wei: read it',
      'published token admin: agreed',
    ])
  })

  it('has no second person who is made beside a running cloud, or under a name of the program', async () => {
    await expect(picketCloud('another')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/stop the other cloud/),
    })
    await cloud.restart(async () => {
      await expect(picketCloud('files')).rejects.toMatchObject({ code: 2 })
      await expect(picketCloud('li-wei')).rejects.toMatchObject({
        code: 2,
        stderr: 'picket-cloud: there is a user li-wei already\n',
      })
    })
  })
})
