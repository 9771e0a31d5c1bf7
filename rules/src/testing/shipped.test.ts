import { readdirSync, readFileSync } from 'node:fs'
import { type DeviceModel, readModel } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { compileCondition, compilePack } from '../language/index.ts'
import type { Condition, LevelRule, Rule } from '../rule.ts'
import { printSeasonRange } from '../season.ts'
import { type PreparedTest, prepareTests } from './prepare.ts'
import { reportOf } from './report.ts'
import { passed, runTest, type TestResult } from './run-test.ts'
import { readTestFile } from './test-file.ts'

const packs = new URL('../../packs/', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, packs), 'utf8')

const modelFolder = new URL('.', import.meta.resolve('@picket/devices/models/gateway.yaml'))
const models = new Map<string, DeviceModel>(
  readdirSync(modelFolder).map(file => {
    const result = readModel(readFileSync(new URL(file, modelFolder), 'utf8'), file)
    if ('faults' in result) throw new Error(`${file} is no model`)
    return [result.model.model, result.model]
  }),
)

/** A shipped pack with its tests. */
interface Shipped {
  file: string
  rules: Rule[]
  tests: PreparedTest[]
}

function load(file: string): Shipped {
  const compiled = compilePack(read(file), file, { models })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults))
  const testFile = file.replace('.yaml', '.test.yaml')
  const form = readTestFile(read(testFile), testFile)
  if (!form.ok) throw new Error(JSON.stringify(form.faults))
  expect(form.document.value.packs).toEqual([file])
  const prepared = prepareTests(form.document, testFile, { rules: compiled.rules, models })
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.faults))
  return { file, rules: compiled.rules, tests: prepared.tests }
}

const shipped = readdirSync(packs)
  .filter(file => file.endsWith('.yaml') && !file.endsWith('.test.yaml'))
  .map(load)

const withCondition = (rung: LevelRule, rule: Rule, text: string): Condition => {
  const names = {
    features: rule.features.map(({ name }) => name),
    parameters: rule.parameters.map(({ name }) => name),
  }
  const result = compileCondition(text, names)
  if (!result.ok) throw new Error(`${rung.level}: ${text}`)
  return result.condition
}

const isLevel = (then: Rule['missing']['then']): boolean => then !== 'keep' && then !== 'stale'

/** The rule with one rung changed. */
const withRung = (rule: Rule, at: number, change: Partial<LevelRule>): Rule => ({
  ...rule,
  levels: rule.levels.map((rung, index) => (index === at ? { ...rung, ...change } : rung)),
})

/** A rule once for each of its numbers, that number multiplied by `factor`. */
function mutantsOf(rule: Rule, factor: number): { what: string; rule: Rule }[] {
  const mutants: { what: string; rule: Rule }[] = rule.parameters.map(({ name }) => ({
    what: name,
    rule: {
      ...rule,
      parameters: rule.parameters.map(one =>
        one.name === name ? { ...one, value: one.value * factor } : one,
      ),
    },
  }))
  for (const { name, seasons } of rule.parameters)
    seasons.forEach((season, at) => {
      const changed = seasons.with(at, { ...season, value: season.value * factor })
      const parameters = rule.parameters.map(one => (one.name === name ? { ...one, seasons: changed } : one))
      mutants.push({ what: `${name} in ${printSeasonRange(season.range)}`, rule: { ...rule, parameters } })
    })
  if (rule.missing.then !== 'keep') {
    const { intervals, afterMs } = rule.missing
    const missing = {
      ...rule.missing,
      intervals: intervals && Math.round(intervals * factor),
      afterMs: afterMs && afterMs * factor,
    }
    mutants.push({ what: 'missing.after', rule: { ...rule, missing } })
  }
  rule.levels.forEach((rung, at) => {
    const { level, on, off, forMs, clearForMs } = rung
    if (forMs > 0) mutants.push({ what: `${level}.for`, rule: withRung(rule, at, { forMs: forMs * factor }) })
    if (clearForMs > 0)
      mutants.push({
        what: `${level}.clearFor`,
        rule: withRung(rule, at, { clearForMs: clearForMs * factor }),
      })
    for (const [key, condition] of [
      ['on', on],
      ['off', off],
    ] as const) {
      for (const literal of condition?.text.matchAll(/\b\d+(\.\d+)?\b/g) ?? []) {
        const { text } = condition as Condition
        const changed = `${text.slice(0, literal.index)}${Number(literal[0]) * factor}${text.slice(literal.index + literal[0].length)}`
        if (Number(literal[0]) !== 0)
          mutants.push({
            what: `${level}.${key}: ${changed}`,
            rule: withRung(rule, at, { [key]: withCondition(rung, rule, changed) }),
          })
      }
    }
  })
  return mutants.map(({ what, rule }) => ({ what: `${rule.id} ${what} times ${factor}`, rule }))
}

describe('the example of the README', () => {
  it('is as expected', () => {
    const page = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const [pack, tests] = ['pack', 'packs'].map(key =>
      page.match(new RegExp(`\`\`\`yaml\\n(${key}: .*?)\`\`\``, 's'))?.at(1),
    )
    const compiled = compilePack(pack as string, 'my-slope.yaml', { models })
    const form = readTestFile(tests as string, 'my-slope.test.yaml')
    if (!compiled.ok || !form.ok) throw new Error('the example is faulty')
    const prepared = prepareTests(form.document, 'README.md', { rules: compiled.rules, models })
    if (!prepared.ok) throw new Error(JSON.stringify(prepared.faults))
    const results = prepared.tests.map(test => runTest(test, compiled.rules))
    expect(results.map(reportOf).filter((_, at) => !passed(results[at] as TestResult))).toEqual([])
    expect(results).toHaveLength(1)
  })
})

describe.each(shipped)('the tests of $file', ({ rules, tests }) => {
  it.each(tests)('$name', test => {
    const result = runTest(test, rules)
    expect(passed(result), reportOf(result)).toBe(true)
  })

  const expected = tests.flatMap(({ expectations }) => expectations)

  it.each(rules)('see $id at each of its levels, cleared, and quiet, or what it records', rule => {
    const of = expected.filter(expectation => expectation.rule === rule)
    const levels = rule.levels.map(({ level }) => level)
    const wanted = [...levels, ...(isLevel(rule.missing.then) ? [rule.missing.then] : [])]
    expect(new Set(of.filter(({ state }) => state === 'raised').map(({ level }) => level))).toEqual(
      new Set(wanted),
    )
    if (wanted.length === 0) {
      for (const { quantity } of rule.record)
        expect(of.some(({ recorded }) => typeof recorded?.[quantity] === 'number')).toBe(true)
      return
    }
    expect(of.map(({ state }) => state)).toContain('cleared')
    const quiet = tests.flatMap(({ expectations }) => [
      ...Map.groupBy(
        expectations.filter(one => one.rule === rule),
        ({ scope }) => scope,
      ).values(),
    ])
    expect(quiet.some(all => all.length > 0 && all.every(({ state }) => state === 'none'))).toBe(true)
  })

  it.each([0.8, 1.25])('fail when any number of a rule is multiplied by %d', factor => {
    const survivors = rules
      .flatMap(rule => mutantsOf(rule, factor))
      .filter(mutant => {
        const changed = rules.map(rule => (rule.id === mutant.rule.id ? mutant.rule : rule))
        return tests
          .filter(({ expectations }) => expectations.some(({ rule }) => rule.id === mutant.rule.id))
          .every(test => passed(runTest(test, changed)))
      })
    expect(survivors.map(({ what }) => what)).toEqual([])
  })
})
