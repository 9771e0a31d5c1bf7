import { type FileFault, Id, ParameterValue, readYaml, type YamlDocument } from '@picket/devices'
import { type Static, Type } from 'typebox'
import { rewordSchemaFaults } from '../language/schema-faults.ts'

const strict = { additionalProperties: false }
const Duration = Type.String({ maxLength: 40, description: 'for example 90s, 10m, 1h30m, 2d' })
const word = <T extends string>(words: readonly T[]) => Type.Enum([...words])

const DeviceSource = Type.Object(
  {
    id: Id,
    model: Id,
    site: Type.Optional(Id),
    tags: Type.Optional(Type.Array(Type.String(), { maxItems: 100 })),
    gateways: Type.Optional(Type.Array(Id, { maxItems: 100 })),
    parameters: Type.Optional(Type.Record(Type.String(), ParameterValue)),
  },
  strict,
)
export type DeviceSource = Static<typeof DeviceSource>

const SiteSource = Type.Object({ id: Id, parameters: Type.Record(Type.String(), ParameterValue) }, strict)
export type SiteSource = Static<typeof SiteSource>

const SeriesSource = Type.Object(
  {
    device: Id,
    quantity: Type.String({ minLength: 1 }),
    values: Type.String({ description: 'for example 3.2+0.1x10 _x5 stale' }),
    from: Type.Optional({
      ...Duration,
      description: 'time of the first value after the start; 0s if absent',
    }),
    interval: Type.Optional(Duration),
    delay: Type.Optional({ ...Duration, description: 'how long every reading takes to arrive' }),
    heldUntil: Type.Optional({ ...Duration, description: 'no reading arrives before this instant' }),
    quality: Type.Optional(word(['pass', 'suspect', 'not-evaluated', 'fail', 'missing'])),
  },
  strict,
)
export type SeriesSource = Static<typeof SeriesSource>

const ExpectationSource = Type.Object(
  {
    at: Duration,
    rule: Id,
    device: Type.Optional(Id),
    site: Type.Optional({ ...Id, description: 'instead of a device, for a rule per site' }),
    state: word(['pending', 'raised', 'cleared', 'none']),
    level: Type.Optional(word(['blue', 'yellow', 'orange', 'red'])),
    notified: Type.Optional(Type.Array(Id, { maxItems: 20 })),
    onset: Type.Optional(Duration),
    retrospective: Type.Optional(Type.Boolean()),
    stale: Type.Optional(Type.Boolean()),
    message: Type.Optional(Type.String()),
    recorded: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.Number(), Type.Null()]), {
        maxProperties: 10,
        description:
          'newest value of each derived series, to the decimals that are written; null where there is none',
      }),
    ),
  },
  strict,
)
export type ExpectationSource = Static<typeof ExpectationSource>

const TestSource = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    start: Type.Optional(
      Type.String({
        pattern: '^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,3})?)?(Z|[+-]\\d\\d:\\d\\d))?$',
        description: 'for example 2026-07-01T00:00:00Z',
      }),
    ),
    interval: Type.Optional({ ...Duration, description: "between two values; the device model's if absent" }),
    devices: Type.Array(DeviceSource, { minItems: 1, maxItems: 1000 }),
    sites: Type.Optional(
      Type.Array(SiteSource, { maxItems: 1000, description: 'only for parameters of their own' }),
    ),
    series: Type.Array(SeriesSource, { maxItems: 1000 }),
    expect: Type.Array(ExpectationSource, { minItems: 1, maxItems: 1000 }),
  },
  strict,
)
export type TestSource = Static<typeof TestSource>

/** A file of tests of rules. As plain data it is a JSON Schema, for editors. */
export const testFileSchema = Type.Object(
  {
    packs: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      maxItems: 100,
      description: 'files of rules, from the folder of this one',
    }),
    tests: Type.Array(TestSource, { minItems: 1, maxItems: 1000 }),
  },
  strict,
)

/** A file of tests as a person wrote it, with the line of each of its parts. */
export type TestFile = YamlDocument<Static<typeof testFileSchema>>

export type TestFileResult = { ok: true; document: TestFile } | { ok: false; faults: FileFault[] }

/** Longest text of one file, in UTF-16 units. */
const LONGEST_FILE = 4_000_000

// What the schema's own words mean to the author of a test.
const REWORDED: readonly [RegExp, string][] = [
  [/\.state must .*$/, '.state is not known; known: pending, raised, cleared, none'],
  [/\.level must .*$/, '.level is not known; known: blue, yellow, orange, red'],
  [/\.quality must .*$/, '.quality is not known; known: pass, suspect, not-evaluated, fail, missing'],
  // YAML takes 0x10 for a hexadecimal 16.
  [/\.values must .*$/, '.values must be in quotes, because YAML alone would read 3 or 0x10 as a number'],
  [/\.start must .*$/, '.start is no time; write for example 2026-07-01T00:00:00Z'],
  [
    /\.(at|onset|interval|delay|from|heldUntil) must be string$/,
    '.$1 has no unit; write for example 90s, 10m or 1h30m',
  ],
]

/**
 * Reads the form of a file of tests; `prepareTests` checks what it says.
 *
 * @param file - the name to put into faults
 */
export function readTestFile(text: string, file: string): TestFileResult {
  if (text.length > LONGEST_FILE)
    return { ok: false, faults: [{ code: 'test-size', file, line: 1, message: 'longer than 4 MB' }] }
  const read = readYaml(text, file, testFileSchema)
  if (read.ok) return read
  return { ok: false, faults: rewordSchemaFaults(read.faults.map(reword)) }
}

function reword(fault: FileFault): FileFault {
  const counted = fault.message.replace(
    /^tests\.(\d+)(?:\.(devices|sites|series|expect)\.(\d+))?/,
    (_, test: string, list?: string, index?: string) =>
      `test ${Number(test) + 1}${list ? `, ${list} ${Number(index) + 1}` : ''}`,
  )
  const message = REWORDED.reduce((text, [pattern, words]) => text.replace(pattern, words), counted)
  return { ...fault, message }
}
