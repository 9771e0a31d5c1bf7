import { formatFileFault, readModel } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { compilePack } from '../language/index.ts'
import type { Rule } from '../rule.ts'
import { junitOf } from './junit.ts'
import { prepareTests } from './prepare.ts'
import { reportOf, summaryOf } from './report.ts'
import { passed, runTest, type TestResult } from './run-test.ts'
import { readTestFile } from './test-file.ts'

const read = readModel(
  `model: gauge
name: { en: Gauge, zh: 水位 }
interval: 1m
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, span: [-5, 60], source: test }
`,
  'gauge.yaml',
)
if ('faults' in read) throw new Error('no model')
const models = new Map([['gauge', read.model]])

const compiled = compilePack(
  `
pack: test
rules:
  - id: flood
    name: { en: Flood, zh: 洪水 }
    message: { en: "{device} at {stage} m, {level}", zh: "{device} {stage} m" }
    select: { model: gauge, tag: river }
    features: { stage: level }
    parameters: { high: { value: 3, unit: m, min: 0, max: 9, reason: test } }
    levels:
      yellow: { when: stage > high, until: stage < high - 0.5, for: 5m, clearFor: 5m }
      red: { when: stage > 2 * high, until: stage < 5 }
    missing: { after: 15m, then: keep }
    notify: [duty, radio]
`,
  'pack.yaml',
  { models },
)
if (!compiled.ok) throw new Error(compiled.faults.map(formatFileFault).join('\n'))
const rules: Rule[] = compiled.rules

const HEAD = 'packs: [pack.yaml]\ntests:\n'

/** A test of one gauge: its series and what is expected of it, as YAML. */
const gaugeTest = (series: readonly string[], expected: readonly string[], name = 'a river'): string => `
  - name: ${JSON.stringify(name)}
    start: 2026-07-01T08:00:00+08:00
    devices: [{ id: g1, model: gauge, tags: [river] }]
    series:
${series.map(text => `      - { device: g1, quantity: level, ${text} }`).join('\n')}
    expect:
${expected.map(text => `      - { rule: flood, device: g1, ${text} }`).join('\n')}
`

function run(tests: string): TestResult[] {
  const form = readTestFile(`${HEAD}${tests}`, 'a.test.yaml')
  if (!form.ok) throw new Error(form.faults.map(formatFileFault).join('\n'))
  const prepared = prepareTests(form.document, 'a.test.yaml', { rules, models })
  if (!prepared.ok) throw new Error(prepared.faults.map(formatFileFault).join('\n'))
  return prepared.tests.map(test => runTest(test, rules))
}

/** What was not met, as `at: keys`. */
const wrongOf = (series: readonly string[], expected: readonly string[]): string[] =>
  run(gaugeTest(series, expected)).flatMap(({ checks }) =>
    checks.flatMap(({ expectation, wrong }) =>
      wrong.length > 0 ? [`${expectation.atText}: ${wrong.join()}`] : [],
    ),
  )

const faultsOf = (text: string): string[] => {
  const form = readTestFile(text, 'a.test.yaml')
  if (!form.ok) return form.faults.map(formatFileFault)
  const prepared = prepareTests(form.document, 'a.test.yaml', { rules, models })
  return prepared.ok ? [] : prepared.faults.map(formatFileFault)
}

describe('an expectation', () => {
  const series = ['values: 3.5x9 7x2 2x19']

  it('is met by what is so', () => {
    expect(
      wrongOf(series, [
        'at: 4m, state: pending, level: yellow, notified: []',
        'at: 5m, state: raised, level: yellow, notified: [radio, duty], onset: 0s, retrospective: false',
        'at: 10m, state: raised, level: red, notified: [duty, radio], message: "g1 at 7 m, red"',
        'at: 10m, state: raised, notified: [], message: g1 7 m',
        'at: 30m, state: cleared, onset: 0s, notified: [duty, radio]',
      ]),
    ).toEqual([])
  })

  it('is not met by anything else', () => {
    expect(
      wrongOf(series, [
        'at: 4m, state: none',
        'at: 4m, state: cleared',
        'at: 4m, state: pending, level: red',
        'at: 5m, state: raised, level: red, notified: [duty], onset: 5m, retrospective: true',
        'at: 6m, state: pending',
        'at: 10m, state: raised, level: yellow, notified: []',
        'at: 30m, state: none, message: over',
        'at: 30m, state: raised',
      ]),
    ).toEqual([
      '4m: state',
      '4m: state',
      '4m: level',
      '5m: state,notified,onset,retrospective',
      '6m: state',
      '10m: level,notified',
      '30m: state,message',
      '30m: state',
    ])
  })

  it('sees a delay that no reading ends', () => {
    expect(
      wrongOf(
        ['values: 3.5x4 _x20'],
        ['at: 4m57s, state: pending', 'at: 5m, state: raised, level: yellow', 'at: 2h, state: raised'],
      ),
    ).toEqual([])
  })

  it('changes nothing by being looked at', () => {
    const often = Array.from({ length: 120 }, (_, at) => `at: ${at * 30}s, state: raised`)
    const steps = (expected: readonly string[]) =>
      run(gaugeTest(['values: 3.5x9 7x2 2x19', 'from: 40m, values: "7", delay: 5m'], expected))[0]?.checks.at(
        -1,
      )?.seen
    expect(steps(often)).toEqual({ ...steps(['at: 59m30s, state: raised']), notified: [] })
  })

  it('tells an episode that was over when its readings came from one that goes on', () => {
    const late = ['values: 1x9', 'from: 10m, values: 7x9 1x9, heldUntil: 35m']
    expect(
      wrongOf(late, [
        'at: 34m, state: none',
        'at: 35m, state: cleared, retrospective: true, onset: 10m, notified: []',
        'at: 35m, state: none, retrospective: false',
      ]),
    ).toEqual([])
    expect(
      wrongOf(
        ['values: 1x9', 'from: 10m, values: 7x19, heldUntil: 35m'],
        ['at: 35m, state: raised, level: red, retrospective: false, onset: 10m, notified: [duty, radio]'],
      ),
    ).toEqual([])
  })

  it('takes readings later where they are delayed, and leaves out those that failed', () => {
    expect(
      wrongOf(['values: 7x9, delay: 90s'], ['at: 89s, state: none', 'at: 90s, state: raised, level: red']),
    ).toEqual([])
    for (const text of ['values: 7x9, quality: fail', 'values: 7x9, quality: missing', 'values: 99x9'])
      expect(wrongOf([text], ['at: 9m, state: none'])).toEqual([])
    expect(wrongOf(['values: 7x9, quality: suspect'], ['at: 9m, state: raised'])).toEqual([])
  })
})

describe('a failed test', () => {
  const results = run(
    gaugeTest(
      ['values: 3.5x4'],
      ['at: 3m, state: raised, level: yellow, notified: [duty]'],
      'a <b> & "c"\n\u0001',
    ) + gaugeTest(['values: 1x4'], ['at: 3m, state: none']),
  )

  it('says what was expected, what was seen, and why', () => {
    expect(reportOf(results[0] as TestResult)).toBe(`FAIL a.test.yaml:4: a <b> & "c"
\u0001
  a.test.yaml:10: at 3m, flood of g1 (state, notified)
    expected: raised yellow, told duty
    seen:     pending yellow since 0s (for 5m), nobody told
      high = 3, stage = 3.5
      yellow: stage > high is true since 0s; until stage < high - 0.5 is false
      red: stage > 2 * high is false; until stage < 5 is true
      last reading: 3m`)
    expect(summaryOf(results)).toBe('2 tests, 2 expectations: 1 test failed')
    expect(results.map(passed)).toEqual([false, true])
  })

  it('is one failure in JUnit XML, with every character written so that XML can hold it', () => {
    const xml = junitOf(results)
    expect(xml).toContain('<testsuites tests="2" failures="1" errors="0">')
    expect(xml).toContain(
      '<testcase name="a &lt;b&gt; &amp; &quot;c&quot;&#10;\ufffd" classname="a.test.yaml" assertions="1">',
    )
    expect(xml).toContain('stage &gt; high is true since 0s')
    expect(xml).toContain('<testcase name="a river" classname="a.test.yaml" assertions="1"/>')
    expect(xml).not.toContain('\u0001')
  })
})

describe('a file of tests with mistakes', () => {
  it('is refused for its form, with file and line', () => {
    expect(faultsOf('packs: [a.yaml]')).toEqual(['a.test.yaml:1: the document: "tests" is missing'])
    expect(faultsOf(`${HEAD}${gaugeTest(['values: 0x10'], ['at: 5, state: raise, level: pink'])}`)).toEqual([
      'a.test.yaml:8: test 1, series 1.values must be in quotes, because YAML alone would read 3 or 0x10 as a number',
      'a.test.yaml:10: test 1, expect 1.at has no unit; write for example 90s, 10m or 1h30m',
      'a.test.yaml:10: test 1, expect 1.state is not known; known: pending, raised, cleared, none',
      'a.test.yaml:10: test 1, expect 1.level is not known; known: blue, yellow, orange, red',
    ])
    expect(faultsOf(`${HEAD}  - { name: x, begin: 1 }`)[1]).toContain('"begin" is not known here')
    expect(
      faultsOf(`${HEAD}${gaugeTest(['values: 1x9'], ['at: 1m, state: none'])}`.replace('2026-07', 'July')),
    ).toEqual(['a.test.yaml:5: test 1.start is no time; write for example 2026-07-01T00:00:00Z'])
  })

  it('is refused for what it speaks of, with file and line', () => {
    const faults = faultsOf(`${HEAD}
  - name: t
    interval: 0s
    devices:
      - { id: g1, model: gauge, tags: [river], parameters: { hihg: 3 } }
      - { id: g1, model: gaug }
      - { id: g2, model: gauge }
      - { id: g3, model: gauge, tags: [river], parameters: { high: 10 } }
    series:
      - { device: g1, quantity: levl, values: 1x3 }
      - { device: g4, quantity: level, values: 1x3 }
      - { device: g2, quantity: level, values: 1y3 }
      - { device: g3, quantity: level, values: 1x3 }
    expect:
      - { at: 1m, rule: flod, device: g1, state: none }
      - { at: 2m, rule: flood, device: g2, state: none }
      - { at: 1m, rule: flood, device: g1, state: raised, level: blue }
      - { at: 3 m, rule: flood, device: g9, state: none, level: red }
`)
    expect(faults.map(text => text.replace('a.test.yaml:', '').replace('t: ', ''))).toEqual([
      '7: no rule that watches "g1" has a parameter "hihg" (known: high)',
      '8: there is no device model "gaug" (did you mean "gauge"?)',
      '10: high may be 0 to 9 m, not 10',
      '8: device "g1" is there twice',
      '12: model gauge has no quantity "levl" (did you mean "level"?)',
      '13: this test has no device "g4" (did you mean "g1"?)',
      '14: "1y3" is no part of a series (write for example 3.2, 3.2x10, 3.2+0.1x10, 3.2-0.1x10, _, _x5 or stale)',
      '15: the interval must be above 0',
      expect.stringContaining('17: there is no rule "flod"'),
      '18: rule "flood" does not watch device "g2" (see its select)',
      '19: rule "flood" is never raised at blue (known: yellow, red)',
      expect.stringContaining('20: this test has no device "g9"'),
      '20: none has no level (leave level out)',
      '20: at: "3 m" is no duration (write for example 0s, 90s, 10m or 1h30m)',
      '19: what is expected at 1m stands after something later (write expectations in time order)',
    ])
  })

  it('is refused where it begins on no day, says one instant twice, or says too much', () => {
    const faults = (series: string[]): string[] =>
      faultsOf(`${HEAD}${gaugeTest(series, ['at: 1m, state: none'])}`)
    expect(faults(['values: 1x9', 'from: 9m, values: 1x9'])[0]).toContain(
      'give level a value at the same time',
    )
    expect(faults(['values: 1x9', 'from: 10m, values: 1x9'])).toEqual([])
    const noDay = `${HEAD}${gaugeTest(['values: 1x9'], ['at: 1m, state: none'])}`.replace(
      '2026-07',
      '2026-13',
    )
    expect(faultsOf(noDay)).toEqual([
      'a.test.yaml:5: a river: "2026-13-01T08:00:00+08:00" is no day of the calendar',
    ])
    const many = ['0s', '1s'].map(from => `from: ${from}, values: 1x110000`)
    expect(faults(many)).toEqual(['a.test.yaml:9: a river: the test has more than 200000 readings'])
  })
})
