import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { ROOT } from '../support/installation.ts'
import { noPromtool, promtool } from './promtool.ts'

interface Alert {
  alert: string
  expr: string
  labels: { severity: string }
  annotations: Record<string, string>
}

const FOLDER = join(ROOT, 'cloud', 'prometheus')
const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8')
const { groups } = parse(read('picket.rules.yaml')) as { groups: { rules: Alert[] }[] }
const alerts = groups.flatMap(({ rules }) => rules)
const CHINESE = /\p{Script=Han}/u

if (noPromtool) console.warn(noPromtool)

it('every alert says in two languages what is wrong and what to do, and who has to get up', () => {
  for (const { annotations, labels } of alerts) {
    expect(Object.keys(annotations)).toEqual(['summary', 'summary_zh', 'runbook', 'runbook_zh'])
    expect(annotations.summary_zh).toMatch(CHINESE)
    expect(annotations.runbook_zh).toMatch(CHINESE)
    expect(['critical', 'warning']).toContain(labels.severity)
  }
})

it('every alert looks at series that are documented, and so are served', () => {
  const documented = new Set([...read('README.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name))
  const wanted = alerts.flatMap(({ expr }) => expr.match(/\b(?:picket|process)_\w+/g) ?? [])
  expect(wanted.length).toBeGreaterThanOrEqual(alerts.length - 1)
  const unknown = wanted.filter(
    name => !documented.has(name) && !documented.has(name.replace(/_(bucket|sum|count)$/, '')),
  )
  expect(unknown).toEqual([])
})

it('every alert is let fire by the tests of the rules', () => {
  const tests = read('picket.rules.test.yaml')
  expect(alerts.filter(({ alert }) => !tests.includes(`alertname="${alert}"`))).toEqual([])
})

it.skipIf(noPromtool)('promtool finds the rules right, and each fires when it should and not before', () => {
  expect(promtool(['check', 'rules', '--lint-fatal', join(FOLDER, 'picket.rules.yaml')])).toMatchObject({
    code: 0,
  })
  const { code, output } = promtool(['test', 'rules', join(FOLDER, 'picket.rules.test.yaml')])
  expect(output).toContain('SUCCESS')
  expect(code).toBe(0)
})
