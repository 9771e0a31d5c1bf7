import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '@picket/devices/runtime'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Folders } from '../testing/test-gateway.ts'
import { underSystemd } from './systemd.ts'

const folders = new Folders()
afterEach(() => folders.remove())

const hasPrograms = ['systemd-notify', 'socat'].every(
  program => spawnSync(program, [program === 'socat' ? '-V' : '--version']).status === 0,
)
const log = { error() {} } as unknown as Log

describe('a gateway under systemd', () => {
  it.runIf(hasPrograms)('says that it is ready, that it lives, and that it stops', async () => {
    const socket = join(folders.make(), 'notify')
    // In systemd's place: what arrives at the socket.
    const heard = spawn('socat', ['-u', `UNIX-RECV:${socket}`, '-'])
    await expect.poll(() => existsSync(socket)).toBe(true)
    let text = ''
    heard.stdout.on('data', chunk => {
      text += chunk
    })
    const stop = vi.fn(async () => {})
    const running = underSystemd(
      { stop },
      { environment: { PATH: process.env.PATH, NOTIFY_SOCKET: socket, WATCHDOG_USEC: '150000' }, log },
    )
    await expect.poll(() => text).toContain('READY=1')
    await expect.poll(() => text.match(/WATCHDOG=1/g)?.length ?? 0).toBeGreaterThan(2)
    await running.stop()
    expect(stop).toHaveBeenCalledOnce()
    await expect.poll(() => text).toContain('STOPPING=1')
    heard.kill()
    await once(heard, 'exit')
  })

  it('goes on where systemd cannot be told, and says so', async () => {
    const errors: object[] = []
    const running = underSystemd(
      { stop: async () => {} },
      {
        environment: { PATH: '/nowhere', NOTIFY_SOCKET: '/nowhere/notify' },
        log: { error: (fields: object) => errors.push(fields) } as unknown as Log,
      },
    )
    await expect.poll(() => errors).toMatchObject([{ word: 'READY=1' }])
    await running.stop()
  })

  it('is left as it is without systemd', () => {
    const running = { stop: async () => {} }
    expect(underSystemd(running, { environment: {}, log })).toBe(running)
  })
})
