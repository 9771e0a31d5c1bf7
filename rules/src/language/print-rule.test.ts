import { readdirSync, readFileSync } from 'node:fs'
import { type DeviceModel, readModel } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { compilePack } from './index.ts'
import { printPack } from './print-rule.ts'

const folder = (url: URL): { text: string; file: string }[] =>
  readdirSync(url)
    .filter(file => file.endsWith('.yaml') && !file.endsWith('.test.yaml'))
    .map(file => ({ text: readFileSync(new URL(file, url), 'utf8'), file }))

const models = new Map<string, DeviceModel>(
  folder(new URL('.', import.meta.resolve('@picket/devices/models/gateway.yaml'))).map(({ text, file }) => {
    const result = readModel(text, file)
    if ('faults' in result) throw new Error(`${file} is no model`)
    return [result.model.model, result.model]
  }),
)

function compile(text: string, file: string) {
  const result = compilePack(text, file, { models })
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.rules
}

/** The pack that the rules came from, printed, and its rules' revisions. */
function again(text: string, file: string): { revisions: string[]; reread: string[]; stable: boolean } {
  const rules = compile(text, file)
  const pack = rules[0]?.pack as string
  const printed = printPack(pack, rules)
  const reread = compile(printed, file)
  return {
    revisions: rules.map(({ revision }) => revision),
    reread: reread.map(({ revision }) => revision),
    stable: printPack(pack, reread) === printed,
  }
}

describe('a pack in normal form', () => {
  it.each(folder(new URL('../../packs/', import.meta.url)))('means the same: $file', ({ text, file }) => {
    const { revisions, reread, stable } = again(text, file)
    expect(reread).toEqual(revisions)
    expect(stable).toBe(true)
  })

  it('holds texts and names that YAML could take for something else', () => {
    const { revisions, reread } = again(
      `
pack: "true"
utcOffset: "-03:30"
rules:
  - id: "null"
    name: { en: "- a: \\"b\\" # c", zh: "1e3\\n{ }" }
    message: { en: "{site}: 'x' \\\\ {n}", zh: "off" }
    per: site
    select: { site: "0x10", tag: "[a, b]", device: "2026-07-01" }
    with: { gauge: { model: rain-gauge, tag: "off" } }
    features:
      y: "last(level, across median)"
      rate2: "rate(level, 1h30m, per 1h, lag 90s, across max)"
      wet: "sum(gauge.rain, 1h, across mean, gaps zero)"
    parameters: { n: { value: 1.0e-9, unit: "m/h{%}", min: -1.0e+30, max: 5, reason: "~ why: {n}", seasons: { 11-01..02-29: 2, 2026-06-01..2026-06-01: 3 } } }
    levels: { red: { when: "y > 1 ? true : rate2 != n", for: 1500ms } }
    missing: { after: 36h, then: stale }
    quality: { suspect: ignore }
    season: [11-01..03-31, 2026-06-01..2026-09-30]
    notify: ["no", "123"]
`,
      'odd.yaml',
    )
    expect(reread).toEqual(revisions)
  })
})
