import { formatDuration, MOST_CLOCK_UNCERTAINTY_MS, parseDuration, StartError } from '@picket/devices'
import { loadConfig } from '@picket/devices/runtime'
import type { CloudClient } from '@picket/rules/cloud-access'
import { type Static, Type } from 'typebox'
import { ClockWordView, CustodyView } from './api/schemas.ts'
import { CloudConfig } from './config.ts'

/** What a person says of a clock, as it was typed. */
export interface ClockWish {
  epoch?: string
  records?: string
  began?: string
  offset?: string
  reason?: string
}

const Custody = Type.Pick(CustodyView, ['clocks'])
type Stretch = Static<typeof Custody>['clocks'][number]

/** Where a cloud on this machine answers, by its file. @throws StartError */
export function addressOf(file: string): string {
  const { host, port, tls } = loadConfig(file, CloudConfig).config.http
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `${tls ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** What waits for its time at a gateway, for people. @throws CloudError */
export async function listClocks(cloud: CloudClient, gateway: string): Promise<string> {
  const waiting = await waitingStretches(cloud, gateway)
  if (waiting.length === 0) return 'no reading waits for its time'
  return waiting.map(line).join('\n')
}

/**
 * Gives readings their time that wait for it.
 *
 * @returns what to print
 * @throws CloudError where the cloud refuses; StartError where the wish is none
 */
export async function tellClock(cloud: CloudClient, gateway: string, wish: ClockWish): Promise<string> {
  const { reason, began, offset } = wish
  if (reason === undefined)
    throw wrong('--reason is missing: how the time is known stands beside it for ever')
  if ((began === undefined) === (offset === undefined)) throw wrong('say either --began or --offset')
  const waiting = await waitingStretches(cloud, gateway)
  const meant = waiting.filter(({ epoch }) => epoch.startsWith(wish.epoch ?? ''))
  const [first, last] = wish.records === undefined ? [undefined, undefined] : readRange(wish.records)
  const within = meant.filter(one => first === undefined || (first >= one.first && first <= one.last))
  const [stretch] = within
  if (!stretch || within.length > 1)
    throw wrong(`name one by --epoch and --records:\n${waiting.map(line).join('\n') || 'none waits'}`)
  const offsetMs =
    began === undefined ? readOffset(offset as string) : readTime(began) - stretch.stampedFromMs
  const word = { epoch: stretch.epoch, first: first ?? stretch.first, last: last ?? stretch.last }
  const { taken, waiting: left } = await cloud.post(
    `/gateways/${encodeURIComponent(gateway)}/clocks`,
    { ...word, offsetMs, reason },
    ClockWordView,
  )
  const shift = `${formatDuration(Math.abs(offsetMs))} ${offsetMs < 0 ? 'before' : 'after'} what was stamped`
  return `${taken} readings are stored now, at times ${shift}; ${left} wait on`
}

async function waitingStretches(cloud: CloudClient, gateway: string): Promise<Stretch[]> {
  const { clocks } = await cloud.get(`/gateways/${encodeURIComponent(gateway)}/custody`, Custody)
  return clocks.filter(({ waiting, by }) => waiting > 0 && by === null)
}

function line({ epoch, first, last, waiting, offsetMs, uncertaintyMs, stampedFromMs }: Stretch): string {
  const middle = stampedFromMs + offsetMs
  const what = `epoch ${epoch}, records ${first}-${last}: ${waiting} readings wait; the clock said ${timeText(stampedFromMs)} when it was`
  return uncertaintyMs > MOST_CLOCK_UNCERTAINTY_MS
    ? `${what} some time from ${timeText(middle - uncertaintyMs)} to ${timeText(middle + uncertaintyMs)}`
    : `${what} ${timeText(middle)}`
}

function readRange(text: string): [number, number] {
  const [, first, last] = /^(\d{1,15})-(\d{1,15})$/.exec(text) ?? []
  if (first === undefined || Number(first) > Number(last))
    throw wrong(`--records ${text} is no range such as 0-1234`)
  return [Number(first), Number(last)]
}

function readTime(text: string): number {
  const t = /T.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(t))
    throw wrong(`--began ${text} is no time with its zone, such as 2026-11-29T08:00:00+08:00`)
  return t
}

function readOffset(text: string): number {
  const [, sign, time = ''] = /^([+-])(.*)$/.exec(text) ?? []
  const ms = parseDuration(time)
  if (!sign || ms === undefined)
    throw wrong(`--offset ${text} is no time to be added, such as +1h30m or -${formatDuration(90_000)}`)
  return Math.round(sign === '-' ? -ms : ms)
}

const timeText = (t: number): string => new Date(t).toISOString()
const wrong = (message: string): StartError => new StartError('clock-wish', message)
