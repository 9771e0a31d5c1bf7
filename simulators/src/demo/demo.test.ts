import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { needsBuild } from './console-build.ts'
import { prepareFolder } from './folder.ts'
import { LogFile } from './log-file.ts'
import { checkPortFree, isListening } from './ports.ts'
import { type Settings, settingsFrom } from './settings.ts'
import { Quiet, warningIn } from './warnings.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'picket-demo-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('settings', () => {
  it('have defaults', () => {
    expect(settingsFrom({})).toMatchObject({ httpPort: 8080, mqttPort: 1883, fieldPort: 1884 })
    expect(settingsFrom({ PICKET_DATA: '/tmp/x' }).dataFolder).toBe('/tmp/x')
  })

  it('name the variable that is wrong', () => {
    expect(() => settingsFrom({ PICKET_HTTP_PORT: 'eighty' })).toThrow('PICKET_HTTP_PORT is "eighty"')
    expect(() => settingsFrom({ PICKET_MQTT_PORT: '70000' })).toThrow('PICKET_MQTT_PORT')
    expect(() => settingsFrom({ PICKET_MQTT_PORT: '1884' })).toThrow('must differ')
    expect(() => settingsFrom({ PICKET_ADMIN_TOKEN: 'short' })).toThrow(
      'PICKET_ADMIN_TOKEN is shorter than 32',
    )
  })
})

describe('ports', () => {
  it('that are in use are named with their setting', async () => {
    const server: Server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    await expect(checkPortFree(port, 'PICKET_HTTP_PORT')).rejects.toThrow(
      `port ${port} is in use; stop the other program or set PICKET_HTTP_PORT to a free port`,
    )
    expect(await isListening(port)).toBe(true)
    await new Promise(resolve => server.close(resolve))
    await checkPortFree(port, 'PICKET_HTTP_PORT')
    expect(await isListening(port)).toBe(false)
  })
})

describe('data folder', () => {
  const settings = (more: Partial<Settings> = {}): Settings => ({
    ...settingsFrom({ PICKET_DATA: join(folder, 'data'), PICKET_HTTP_PORT: '9090' }),
    ...more,
  })
  const parts = {
    templates: new URL('../../demo/', import.meta.url).pathname,
    console: '/built',
    dutyUrl: 'http://127.0.0.1:9/',
  }

  it('gets configuration with its ports and paths, and a secret that only its owner can read', () => {
    const prepared = prepareFolder(settings(), parts)
    const cloud = readFileSync(prepared.config('cloud.yaml'), 'utf8')
    expect(cloud).toContain('port: 9090')
    expect(cloud).toContain(join(folder, 'data', 'cloud'))
    const secret = join(folder, 'data', 'secrets', 'gateway')
    expect(statSync(secret).mode & 0o077).toBe(0)
    expect(readFileSync(secret, 'utf8')).toHaveLength(43)
    prepareFolder(settings(), parts)
    expect(readFileSync(secret, 'utf8')).toHaveLength(43)
  })

  it('keeps the registry, to which somebody may have added devices', () => {
    const registry = prepareFolder(settings(), parts).config('registry.yaml')
    writeFileSync(registry, 'mine')
    prepareFolder(settings({ httpPort: 9091 }), parts)
    expect(readFileSync(registry, 'utf8')).toBe('mine')
  })

  it('keeps the first password until it was shown, also over a start that failed', () => {
    const first = prepareFolder(settings(), parts)
    mkdirSync(join(folder, 'data', 'cloud'))
    const second = prepareFolder(settings(), parts)
    expect(second.firstPassword).toBe(first.firstPassword)
    second.forgetFirstPassword()
    expect(existsSync(join(folder, 'data', 'secrets', 'first-password'))).toBe(false)
    expect(prepareFolder(settings(), parts).firstPassword).toBeUndefined()
  })

  it('keeps no password that the user gave', () => {
    expect(prepareFolder(settings({ adminPassword: 'mine' }), parts).firstPassword).toBe('mine')
    expect(existsSync(join(folder, 'data', 'secrets', 'first-password'))).toBe(false)
  })

  it('that cannot be written is named', () => {
    writeFileSync(join(folder, 'data'), 'a file')
    expect(() => prepareFolder(settings(), parts)).toThrow(/cannot write the data folder .*data/)
  })
})

describe('console', () => {
  it('is built where it is missing or older than a source', () => {
    mkdirSync(join(folder, 'src'))
    writeFileSync(join(folder, 'src', 'main.tsx'), '')
    expect(needsBuild(folder)).toBe(true)
    mkdirSync(join(folder, 'dist'))
    writeFileSync(join(folder, 'dist', 'index.html'), '')
    utimesSync(join(folder, 'src', 'main.tsx'), 1000, 1000)
    expect(needsBuild(folder)).toBe(false)
    utimesSync(join(folder, 'dist', 'index.html'), 999, 999)
    expect(needsBuild(folder)).toBe(true)
  })
})

describe('logs', () => {
  it('are bounded', () => {
    const log = new LogFile(join(folder, 'x.log'))
    const line = 'x'.repeat(100_000)
    for (let i = 0; i < 250; i++) log.write(line)
    const sizes = ['x.log', 'x.log.1', 'x.log.2', 'x.log.3'].map(name => {
      const path = join(folder, name)
      return existsSync(path) ? statSync(path).size : 0
    })
    expect(sizes[3]).toBe(0)
    for (const size of sizes) expect(size).toBeLessThan(5_300_000)
    expect(sizes[2]).toBeGreaterThan(4_000_000)
  })

  it('show warnings and plain lines at the terminal, and nothing else', () => {
    expect(warningIn('{"level":30,"msg":"fine"}')).toBeUndefined()
    expect(warningIn('{"level":40,"msg":"link lost","reason":"ECONNREFUSED"}')).toBe(
      'link lost: ECONNREFUSED',
    )
    expect(warningIn('{"level":50,"msg":"failed","error":{"message":"disk full"}}')).toBe('failed: disk full')
    expect(warningIn('Error: boom')).toBe('Error: boom')
    expect(warningIn('{broken')).toBe('{broken')
  })

  it('do not flood the terminal', () => {
    const quiet = new Quiet()
    const passed = Array.from({ length: 100 }, (_, i) => quiet.pass(`line ${i}`, i)).filter(Boolean)
    expect(passed).toHaveLength(6)
    expect(passed[5]).toContain('more in its log file')
    expect(quiet.pass('later', 20_000)).toBe('later')
  })
})
