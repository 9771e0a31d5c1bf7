import { reportOf } from './report.ts'
import { passed, type TestResult } from './run-test.ts'

/**
 * Results as JUnit XML, as CI servers read it (the schema of Apache Ant's JUnit task): one suite per file, one case
 * per test.
 */
export function junitOf(results: readonly TestResult[]): string {
  const suites = Map.groupBy(results, ({ test }) => test.file)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${countsOf(results)}>`,
    ...[...suites].flatMap(([file, cases]) => [
      `  <testsuite name="${attribute(file)}" ${countsOf(cases)}>`,
      ...cases.flatMap(result => caseOf(result)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n')
}

const countsOf = (results: readonly TestResult[]): string =>
  `tests="${results.length}" failures="${results.filter(result => !passed(result)).length}" errors="0"`

function caseOf(result: TestResult): string[] {
  const { test, checks } = result
  const head = `    <testcase name="${attribute(test.name)}" classname="${attribute(test.file)}" assertions="${checks.length}"`
  if (passed(result)) return [`${head}/>`]
  const report = escapeXml(reportOf(result))
  return [`${head}>`, `      <failure message="not as expected">${report}</failure>`, '    </testcase>']
}

const NAMED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

// A parser would take a raw line break in an attribute for a blank (XML 1.0, section 3.3.3).
const attribute = (text: string): string =>
  escapeXml(text).replace(/[\n\r\t]/g, character => `&#${character.charCodeAt(0)};`)

/** Text for XML 1.0. Characters that XML cannot hold (section 2.2) become U+FFFD. */
const escapeXml = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that XML forbids.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"']/g, character => NAMED[character] as string)
