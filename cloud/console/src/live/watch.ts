import { cloud } from '../api/client.ts'
import type {
  Alarm,
  Device,
  Flag,
  Gateway,
  LiveEvent,
  LiveReading,
  Rejection,
  RuleSet,
  Shadow,
  Site,
} from '../api/shapes.ts'
import { applyReadings } from '../devices/latest.ts'
import { setClock, startClock } from './now.ts'
import { refreshAllInUse, resource } from './resource.ts'
import { followStream } from './stream.ts'

const PAINT_GAP_MS = 400
const GATEWAY_GAP_MS = 2000
const REJECTIONS_GAP_MS = 5000
const SHADOW_GAP_MS = 5000
// A stream that stalls behind a proxy looks open; the screen must not rely on it alone.
const POLL_MS = 60_000

/** Most episodes of the past that are shown. */
export const RECENT_LIMIT = 100

export const activeAlarms = resource<Alarm[]>(() => cloud.alarms({ state: 'active', limit: 1000 }))
/** Over, and waiting for an operator: to be acknowledged or reset. */
export const waitingAlarms = resource<Alarm[]>(async () => {
  const answer = await cloud.alarms({ state: 'open', limit: 1000 })
  return answer.ok ? { ok: true, value: answer.value.filter(alarm => alarm.clearedAt !== null) } : answer
})
export const recentAlarms = resource<Alarm[]>(() =>
  cloud.alarms({ state: 'cleared', retrospective: false, limit: RECENT_LIMIT }),
)
export const retrospectiveAlarms = resource<Alarm[]>(() =>
  cloud.alarms({ state: 'cleared', retrospective: true, limit: RECENT_LIMIT }),
)
export const standingFlags = resource<Flag[]>(async () => {
  const [inForce, planned] = await Promise.all([
    cloud.flags({ state: 'in-force', limit: 1000 }),
    cloud.flags({ state: 'planned', limit: 1000 }),
  ])
  if (!inForce.ok) return inForce
  return planned.ok ? { ok: true, value: [...inForce.value, ...planned.value] } : planned
})
export const pastFlags = resource<Flag[]>(() => cloud.flags({ state: 'past', limit: RECENT_LIMIT }))
export const devices = resource<Device[]>(() => cloud.devices())
export const sites = resource<Site[]>(() => cloud.sites())
export const gateways = resource<Gateway[]>(() => cloud.gateways(), GATEWAY_GAP_MS)
export const rejections = resource<Rejection[]>(() => cloud.rejections(), REJECTIONS_GAP_MS)
export const ruleSet = resource<RuleSet>(() => cloud.rules())
export const shadow = resource<{ shadow: Shadow | null }>(() => cloud.shadow(), SHADOW_GAP_MS)

const everything = [
  activeAlarms,
  waitingAlarms,
  recentAlarms,
  retrospectiveAlarms,
  standingFlags,
  pastFlags,
  devices,
  sites,
  gateways,
  rejections,
  ruleSet,
  shadow,
]

type ReadingsListener = (readings: readonly LiveReading[]) => void
const listeners = new Set<ReadingsListener>()

/** Calls with every live reading as it comes; returns what ends it. Charts append from here. */
export function onReadings(listener: ReadingsListener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

// The newest reading of every series since the last paint: as many as there are series, however fast they come.
const unpainted = new Map<string, LiveReading>()
let painting: ReturnType<typeof setTimeout> | undefined

function paintReadings(): void {
  painting = undefined
  const known = devices.value.peek()
  if (known) devices.value.value = applyReadings(known, unpainted.values())
  unpainted.clear()
}

/** Asks again for every list of alarms. */
export function refreshAlarms(): void {
  for (const alarms of [activeAlarms, waitingAlarms, recentAlarms, retrospectiveAlarms]) alarms.refresh()
}

/** Asks again for the flags, and for the alarms beside which they stand. */
export function refreshFlags(): void {
  for (const one of [standingFlags, pastFlags, activeAlarms, waitingAlarms]) one.refresh()
}

function takeEvent(event: LiveEvent): void {
  switch (event.type) {
    case 'reading':
      for (const listener of listeners) listener(event.readings)
      for (const reading of event.readings) {
        const series = `${reading.device}/${reading.quantity}`
        const seen = unpainted.get(series)
        if (!seen || reading.t >= seen.t) unpainted.set(series, reading)
      }
      painting ??= setTimeout(paintReadings, PAINT_GAP_MS)
      break
    case 'alarm':
      refreshAlarms()
      break
    case 'flag':
      refreshFlags()
      break
    case 'gateway':
      gateways.refresh()
      break
    case 'rules':
      ruleSet.refresh()
      shadow.refresh()
      break
  }
}

/** Keeps everything on the screen fresh until the returned function is called. */
export function startWatch(): () => void {
  const stopStream = followStream({
    opened: () => {
      void setClock()
      refreshAllInUse()
    },
    // Whoever is logged out learns it from the first request that is answered.
    refused: () => activeAlarms.refresh(),
    event: takeEvent,
  })
  const stopClock = startClock()
  const poll = setInterval(() => {
    void setClock()
    refreshAllInUse()
  }, POLL_MS)
  return () => {
    stopStream()
    stopClock()
    clearInterval(poll)
    clearTimeout(painting)
    painting = undefined
    unpainted.clear()
    for (const one of everything) one.forget()
  }
}
