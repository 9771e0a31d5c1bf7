import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, PASSWORD, startFakeApi } from '../fakes/services.ts'

let api: Awaited<ReturnType<typeof startFakeApi>>
beforeEach(async () => {
  api = await startFakeApi({ trustedProxies: ['127.0.0.1'] })
})
afterEach(() => api.stop())

const HOUR = 3_600_000
const bearer = (token: string, address = '192.0.2.1') => ({
  headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': address },
})
const codeOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string } }).error.code

/** Logs in and returns the cookie as a browser would send it. */
async function session(): Promise<string> {
  const response = await api.login(PASSWORD)
  expect(response.status).toBe(200)
  return (response.headers.get('set-cookie') as string).split(';')[0] as string
}

describe('roles', () => {
  it('lets a viewer read but not acknowledge', async () => {
    expect((await api.ask('/api/v1/alarms', 'viewer')).status).toBe(200)
    const response = await api.ask('/api/v1/alarms/alarm-1/acknowledge', 'viewer', { method: 'POST' })
    expect(response.status).toBe(403)
    expect(await codeOf(response)).toBe('forbidden')
    expect(api.control.seen.acknowledged).toEqual([])
    expect((await api.ask('/api/v1/alarms/alarm-1/acknowledge', 'admin', { method: 'POST' })).status).toBe(
      200,
    )
  })

  it('says who one is', async () => {
    expect(await (await api.ask('/api/v1/session', 'admin')).json()).toEqual({
      name: 'ops',
      role: 'admin',
      via: 'token',
      expiresAt: null,
    })
  })
})

describe('bearer tokens', () => {
  it.each([
    ['no credentials', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['a token cut short', { authorization: `Bearer ${ADMIN_TOKEN.slice(0, -1)}` }],
    ['another scheme', { authorization: `Basic ${btoa(`admin:${PASSWORD}`)}` }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['a token of 600 characters', { authorization: `Bearer ${'x'.repeat(600)}` }],
    ['a wrong cookie', { cookie: 'picket_session=wrong' }],
    ['the token as a cookie', { cookie: `picket_session=${ADMIN_TOKEN}` }],
  ])('answers %s with 401', async (_what, headers) => {
    const response = await fetch(`${api.origin}/api/v1/devices`, {
      headers: headers as Record<string, string>,
    })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="picket"')
    expect(await codeOf(response)).toBe('unauthorized')
  })

  it('slows down wrong ones by address, and never a correct one', async () => {
    for (let count = 0; count < 5; count++) {
      expect((await api.ask('/api/v1/devices', 'none', bearer('wrong'))).status).toBe(401)
    }
    const slowed = await api.ask('/api/v1/devices', 'none', bearer('wrong'))
    expect(slowed.status).toBe(429)
    expect(slowed.headers.get('retry-after')).toBe('1')
    expect((await api.ask('/api/v1/devices', 'none', bearer(ADMIN_TOKEN))).status).toBe(200)
    expect((await api.ask('/api/v1/devices', 'none', bearer('wrong', '192.0.2.2'))).status).toBe(401)
    expect((await api.login(PASSWORD, { 'x-forwarded-for': '192.0.2.1' })).status).toBe(200)
  })
})

describe('logins', () => {
  it('sets a cookie that scripts and other sites cannot use', async () => {
    const response = await api.login(PASSWORD)
    const cookie = response.headers.get('set-cookie') as string
    expect(cookie).toMatch(/^picket_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/)
    const secure = await api.login(PASSWORD, { 'x-forwarded-proto': 'https' })
    expect(secure.headers.get('set-cookie')).toContain('; Secure')
    expect(secure.headers.get('strict-transport-security')).toMatch(/^max-age=/)
  })

  it('keeps only the hash of a session', async () => {
    const id = (await session()).split('=')[1] as string
    expect([...api.accounts.sessions.keys()]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
    expect(JSON.stringify([...api.accounts.sessions])).not.toContain(id)
  })

  it('ends a session at logout and after 12 hours', async () => {
    const sameOrigin = { 'sec-fetch-site': 'same-origin' }
    const [first, second] = [await session(), await session()]
    const whoAmI = (cookie: string) => api.ask('/api/v1/session', 'none', { headers: { cookie } })
    const logout = { method: 'DELETE', headers: { cookie: first, ...sameOrigin } }
    const response = await api.ask('/api/v1/session', 'none', logout)
    expect(response.status).toBe(204)
    expect(response.headers.get('set-cookie')).toMatch(/^picket_session=;/)
    expect((await whoAmI(first)).status).toBe(401)
    expect((await whoAmI(second)).status).toBe(200)
    api.control.clock.advanceTo(api.control.clock.now() + 12 * HOUR)
    expect((await whoAmI(second)).status).toBe(401)
  })

  it('gives one answer to a wrong name and a wrong password', async () => {
    const wrongPassword = await (await api.login('wrong')).text()
    const wrongName = await fetch(`${api.origin}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'nobody', password: PASSWORD }),
    })
    expect(wrongName.status).toBe(401)
    expect(await wrongName.text()).toBe(wrongPassword)
  })

  it('slows down an address that fails, even with the right password, and no other', async () => {
    const from = (address: string) => ({ 'x-forwarded-for': address })
    for (let count = 0; count < 5; count++)
      expect((await api.login('wrong', from('192.0.2.9'))).status).toBe(401)
    const slowed = await api.login(PASSWORD, from('192.0.2.9'))
    expect(slowed.status).toBe(429)
    expect(await codeOf(slowed)).toBe('too-many-attempts')
    expect(slowed.headers.get('retry-after')).toBe('1')
    expect((await api.login(PASSWORD, from('192.0.2.10'))).status).toBe(200)
    api.control.clock.advanceTo(api.control.clock.now() + 1000)
    expect((await api.login('wrong', from('192.0.2.9'))).status).toBe(401)
    expect((await api.login(PASSWORD, from('192.0.2.9'))).headers.get('retry-after')).toBe('2')
  })

  it('counts logins that come all at once', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => api.login('wrong')))
    expect(answers.filter(answer => answer.status === 401)).toHaveLength(5)
    expect(answers.filter(answer => answer.status === 429)).toHaveLength(7)
  })

  it.each([
    ['no name', { password: 'x' }],
    ['a name that is no text', { user: {}, password: 'x' }],
    ['a field too many', { user: 'admin', password: 'x', role: 'admin' }],
    ['a password too long', { user: 'admin', password: 'x'.repeat(1025) }],
  ])('refuses %s', async (_what, body) => {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    expect((await fetch(`${api.origin}/api/v1/session`, init)).status).toBe(400)
  })
})

describe('cross-site requests', () => {
  /** POST with any headers: fetch would forbid some of them. */
  const acknowledge = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const url = `${api.origin}/api/v1/alarms/alarm-1/acknowledge`
      httpRequest(url, { method: 'POST', headers }, response => {
        response.resume()
        resolve(response.statusCode as number)
      })
        .on('error', reject)
        .end()
    })

  it.each([
    ['from the console', { 'sec-fetch-site': 'same-origin' }, 200],
    ['from another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['from another port or subdomain', { 'sec-fetch-site': 'same-site' }, 403],
    ['from another site, as older browsers say it', { origin: 'https://evil.example' }, 403],
    ['from a sandboxed frame', { origin: 'null' }, 403],
    ['from nowhere', {}, 403],
  ])('with the cookie %s: %o gives %d', async (_what, headers, status) => {
    const cookie = await session()
    expect(await acknowledge({ cookie, ...(headers as Record<string, string>) })).toBe(status)
    expect(api.control.seen.acknowledged.length).toBe(status === 200 ? 1 : 0)
  })

  it('takes the cookie with the own origin, and reads from anywhere', async () => {
    const cookie = await session()
    expect(await acknowledge({ cookie, origin: api.origin })).toBe(200)
    expect((await api.ask('/api/v1/alarms', 'none', { headers: { cookie } })).status).toBe(200)
  })

  it('takes a bearer token from anywhere, for browsers do not add it by themselves', async () => {
    const authorization = `Bearer ${ADMIN_TOKEN}`
    expect(await acknowledge({ authorization, origin: 'https://evil.example' })).toBe(200)
  })

  it('lets no other site log somebody in', async () => {
    expect((await api.login(PASSWORD, { origin: 'https://evil.example' })).status).toBe(403)
  })
})
