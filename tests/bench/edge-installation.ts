import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Installation, ROOT } from '../support/installation.ts'

/** Devices that the load speaks for: `load-0` and so on. */
export const DEVICES = Number(process.env.PICKET_BENCH_DEVICES ?? 900)
/** Six water level gauges that do not take part in the load. */
export const SENSORS = Array.from({ length: 6 }, (_, at) => `gauge-${at}`)
/** Rules of the gateway's own; each device of the load is judged by one. */
export const RULES = 50

/** A gauge whose rule in the cloud raises above 1 and clears below, without delays. */
export const LIVE_DEVICE = 'live'
export const LIVE_RULE = 'swing'

const MEANS_EVERY = 5
const PACK_FILE = 'edge-rules.yaml'
const LIVE_PACK = `pack: swing
rules:
  - id: ${LIVE_RULE}
    name: { en: Swing, zh: 摆动 }
    message: { en: "{device} is at {stage} m", zh: "{device}：{stage} m" }
    select: { device: ${LIVE_DEVICE}, model: water-level-gauge }
    features: { stage: level }
    levels:
      red: { when: stage > 1 }
`

/**
 * A cloud and a gateway of the devices above, with the shipped rules and `LIVE_RULE`; with `guarded`, with rules of the
 * gateway's own instead.
 */
export async function edgeInstallation({ guarded = false } = {}): Promise<Installation> {
  const device = (id: string, tags: string[] = []) => ({
    id,
    model: 'water-level-gauge',
    site: 'bench',
    tags,
  })
  const installation = await Installation.make({
    sites: [{ id: 'bench', name: { en: 'Bench', zh: '测试' } }],
    devices: [
      ...Array.from({ length: DEVICES }, (_, at) => device(`load-${at}`, [`reach-${at % RULES}`])),
      ...SENSORS.map(id => device(id)),
      device(LIVE_DEVICE),
    ],
    cloud: { rules: guarded ? [PACK_FILE] : [join(ROOT, 'rules', 'packs'), PACK_FILE] },
    ...(guarded && {
      gateway: {
        guard: { signingKeyFile: 'cloud-data/signing-key.pub' },
        outputs: { siren: { type: 'command', on: ['true'], off: ['true'] } },
      },
    }),
  })
  writeFileSync(join(installation.folder, PACK_FILE), guarded ? guardPack() : LIVE_PACK)
  return installation
}

// Levels with delays; each fifth rule judges the mean of five minutes.
function guardPack(): string {
  const rule = (at: number): string => `
  - id: reach-${at}
    name: { en: Reach ${at}, zh: 河段${at} }
    message: { en: "{device} is at {stage} m", zh: "{device}：{stage} m" }
    select: { tag: reach-${at} }
    features: { stage: "${at % MEANS_EVERY === 0 ? 'mean(level, 5m)' : 'level'}" }
    levels:
      yellow: { when: stage > ${1000 + at}, until: stage < ${990 + at}, for: 1m }
      red: { when: stage > ${1100 + at}, until: stage < ${1050 + at} }
    runs: gateway
    switch: [{ output: siren, from: red }]`
  return `pack: reaches\nrules:${Array.from({ length: RULES }, (_, at) => rule(at)).join('')}\n`
}
