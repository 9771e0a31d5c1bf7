import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { engineDevices, planRule } from '@picket/rules'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registry, SteppedCloud } from '../alarms/stepped-cloud.ts'
import { ROOT } from '../support/installation.ts'

interface Text {
  id?: string
  message?: string
  select?: string
  features?: string
  levels?: string
  extra?: string
}

const rule = (text: Text = {}): string => `
  - id: ${text.id ?? 'r'}
    name: { en: x, zh: x }
    message: { en: ${text.message ?? '"x"'}, zh: x }
    select: ${text.select ?? '{ model: water-level-gauge }'}
    features: ${text.features ?? '{ stage: level }'}
    levels: ${text.levels ?? '{ red: { when: stage > 3 } }'}
    ${text.extra ?? ''}
`
const pack = (text: Text = {}): string => `pack: p\nrules:${rule(text)}`
const when = (condition: string): string => pack({ levels: `{ red: { when: "${condition}" } }` })
const feature = (written: string): string => pack({ features: `{ stage: "${written}" }` })
const parameter = (name: string, value: string): string =>
  pack({ extra: `parameters: { ${name}: { value: ${value}, unit: m, min: 0, max: 9, reason: r } }` })
const many = (count: number, one: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => one(at)).join(', ')

const LAUGHS = [...'bcdefghi']
  .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(', ')}]`)
  .join('\n')

/** What a hostile author writes, and what the refusal says, at which line. */
const REFUSED: [name: string, text: string, line: number, says: RegExp][] = [
  ['a loop over a list', when('[1, 2, 3].all(x, x > stage)'), 8, /too complicated, or uses a list/],
  ['a feature of itself', feature('mean(stage, 1h)'), 7, /no quantity "stage"/],
  ['text that grows', when("string(stage) + 'xxxx' == 'y'"), 8, /string\(\.\.\.\) is not allowed/],
  ['a division by zero', when('stage / 0 > 3'), 8, /division by 0 is neither true nor false/],
  ['a division by 0.0', when('stage / 0.0 > 3'), 8, /division by 0/],
  ['an unknown detector', feature('boom(level, 1h)'), 7, /there is no detector "boom"/],
  ['an unknown quantity', feature('mean(lovel, 1h)'), 7, /no quantity "lovel" \(did you mean "level"\?\)/],
  ['a window of a year', feature('mean(level, 365d)'), 7, /reaches more than 60d back/],
  ['a window beyond numbers', feature(`mean(level, ${'9'.repeat(30)}d)`), 7, /no duration above zero/],
  ['a window of nothing', feature('mean(level, 0s)'), 7, /no duration above zero/],
  [
    'a delay of years',
    pack({ levels: '{ red: { when: stage > 3, for: 999999d } }' }),
    8,
    /no duration up to 60d/,
  ],
  [
    'a regular expression',
    when("matches('aaaaaaaaaaaa!', '(a+)+$') && stage > 3"),
    8,
    /matches\(\.\.\.\) is not/,
  ],
  ['one as a method', when("'aaaa'.matches('(a+)+$') && stage > 3"), 8, /\.matches\(\.\.\.\) is not/],
  ['a way out of the language', when("stage.constructor.constructor('x')() > 3"), 8, /cannot be read/],
  ['a field', when('has(stage.x)'), 8, /has\(\.\.\.\) is not allowed/],
  ['200 brackets', when(`${'('.repeat(200)}stage > 3${')'.repeat(200)}`), 8, /too complicated/],
  ['400 nots', when(`${'!'.repeat(400)}(stage > 3)`), 8, /too complicated/],
  ['a number beyond doubles', when(`stage > ${'9'.repeat(400)}`), 8, /beyond 1\.8e308/],
  ['an infinite parameter', parameter('p', '1e999'), 9, /parameters\.p\.value must be number/],
  ['a parameter that is no number', parameter('p', '.nan'), 9, /parameters\.p\.value must be number/],
  [
    'a feature named __proto__',
    pack({ features: '{ __proto__: level, stage: level }' }),
    7,
    /"__proto__" cannot be a name/,
  ],
  [
    'a feature named constructor',
    pack({ features: '{ constructor: level, stage: level }' }),
    7,
    /"constructor" cannot/,
  ],
  ['a parameter named __proto__', parameter('__proto__', '3'), 9, /"__proto__" cannot be a name/],
  [
    'a level named constructor',
    pack({ levels: '{ constructor: { when: stage > 3 } }' }),
    8,
    /no level constructor/,
  ],
  [
    'a key named __proto__',
    pack({ extra: '__proto__: { latch: true }' }),
    9,
    /"__proto__" is not known here/,
  ],
  [
    'a model named constructor',
    pack({ select: '{ model: constructor }' }),
    6,
    /no device model "constructor"/,
  ],
  ['a detector named constructor', feature('constructor(level, 1h)'), 7, /no detector "constructor"/],
  ['a quantity named __proto__', feature('mean(__proto__, 1h)'), 7, /no quantity "__proto__"/],
  ['letters that look alike', pack({ features: '{ "стадия": level, stage: level }' }), 7, /cannot be a name/],
  ['a message that is turned round', pack({ message: '"\\u202e evil"' }), 5, /turns the order of writing/],
  ['a message with a zero byte', pack({ message: '"a\\u0000b"' }), 5, /a character that is not seen/],
  ['a message with half a character', pack({ message: '"\\ud800"' }), 5, /a character that is not seen/],
  ['an id without end', pack({ id: 'r'.repeat(10_000) }), 3, /more than 128 characters/],
  ['a message without end', pack({ message: `"${'x'.repeat(10_000)}"` }), 5, /more than 500 characters/],
  [
    '500 features',
    pack({ features: `{ stage: level, ${many(500, at => `f${at}: level`)} }` }),
    7,
    /more than 20 properties/,
  ],
  ['2000 channels', pack({ extra: `notify: [${many(2000, at => `c${at}`)}]` }), 9, /more than 20 items/],
  ['2000 seasons', pack({ extra: `season: [${many(2000, () => '01-01..02-01')}]` }), 9, /more than 20 items/],
  ['the same rule twice', `${pack()}${rule()}`, 11, /the rule id "r" stands already/],
  [
    '10,000 rules',
    `pack: p\nrules:${Array.from({ length: 10_000 }, (_, at) => rule({ id: `r${at}` })).join('')}`,
    1,
    /longer than 1 MB/,
  ],
  [
    'aliases of aliases',
    `a: &a [x, x, x, x, x, x, x, x, x]\n${LAUGHS}\n${pack()}`,
    1,
    /[Ee]xcessive alias count/,
  ],
  ['20,000 brackets', `pack: ${'['.repeat(20_000)}${']'.repeat(20_000)}`, 1, /nested too deeply/],
  ['20,000 maps', `pack: ${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`, 1, /nested too deeply/],
  ['a function as a tag', pack({ extra: 'latch: !!js/function "x"' }), 9, /latch must be boolean/],
  ['bytes as a text', pack({ message: '!!binary "aGVsbG8="' }), 5, /message\.en must be string/],
  ['a key twice', pack({ extra: 'levels: {}' }), 9, /keys must be unique/],
  ['nothing but zero bytes', '\0'.repeat(1000), 1, /must be object/],
]

// Hostile and harmless: names of JavaScript's own where only an id is wanted.
const TAKEN = ['__proto__', 'constructor', 'hasownproperty']

describe('a hostile rule', () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-hostile-'))
  let cloud: SteppedCloud
  let checked: { status: number | null; stderr: string }

  beforeAll(async () => {
    for (const [at, [, text]] of REFUSED.entries()) writeFileSync(join(folder, `${at}.yaml`), text)
    cloud = await SteppedCloud.start(
      { rules: ['pack.yaml'] },
      {
        'registry.yaml': registry([{ id: 'g1', model: 'water-level-gauge' }]),
        'pack.yaml': pack({ id: 'good' }),
        secret: 'a gateway password',
      },
    )
    const files = REFUSED.map((_, at) => join(folder, `${at}.yaml`))
    const program = join(ROOT, 'rules', 'src', 'main.ts')
    checked = spawnSync(process.execPath, [program, 'check', ...files], { encoding: 'utf8' })
  }, 60_000)
  afterAll(async () => {
    await cloud.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  const propose = (text: string) =>
    fetch(`${cloud.api.base}/api/v1/rule-sets`, {
      method: 'POST',
      headers: { ...cloud.api.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'hostile', packs: [{ file: 'bad.yaml', text }] }),
    })

  it.each(REFUSED.map((one, at) => [...one, at] as const))(
    'with %s is refused by picket-rules check',
    (...one) => {
      const [, , line, says, at] = one
      const found = checked.stderr.split('\n').filter(text => text.includes(`${at}.yaml:`))
      expect(checked.status).toBe(1)
      expect(
        found.find(text => text.includes(`/${at}.yaml:${line}:`) && says.test(text)),
        found.join('\n'),
      ).toBeDefined()
    },
  )

  it.each(REFUSED)('with %s is refused by the cloud, which goes on', async (_, text, line, says) => {
    const response = await propose(text)
    const { error } = (await response.json()) as { error: { code: string; details: string[] } }
    expect(response.status).toBe(422)
    expect(error.code).toBe('rule-set-faults')
    expect(
      error.details.some(one => one.startsWith(`bad.yaml:${line}:`) && says.test(one)),
      error.details.join('\n'),
    ).toBe(true)
    const rules = await cloud.api.get<{ ruleSet: number; rules: { id: string }[] }>('/rules')
    expect(rules).toMatchObject({ ruleSet: 1, rules: [{ id: 'good' }] })
  })

  it('with an id of JavaScript is a rule like any other', async () => {
    const text = `pack: p\nrules:${TAKEN.map(id => rule({ id })).join('')}`
    const response = await propose(text)
    expect(response.status).toBe(201)
    const { number } = (await response.json()) as { number: number }
    const plan = await fetch(`${cloud.api.base}/api/v1/rule-sets/${number}/plan`, {
      method: 'POST',
      headers: cloud.api.authorization,
    })
    expect(await plan.json()).toMatchObject({ added: TAKEN, removed: ['good'] })
  })

  it('over a million devices is refused with the number that is allowed', () => {
    const models = new Map([
      ['m', { model: 'm', interval: '1m', quantities: { level: { unit: 'm' } } } as never],
    ])
    const devices = Array.from({ length: 1_000_000 }, (_, at) => ({
      id: `d${at}`,
      model: 'm',
      site: 's',
      gateways: [],
    }))
    const known = engineDevices({ sites: [], gateways: [], devices } as never, models)
    const rule = { select: { model: 'm' }, with: {}, per: 'device', features: [] } as never
    expect(planRule(rule, known).faults).toEqual([
      'it would watch 1000000 devices; 100000 are the most: select fewer',
    ])
  })
})
