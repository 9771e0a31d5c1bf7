import { type Static, Type } from 'typebox'
import { parseDuration } from './duration.ts'
import type { Fault } from './fault.ts'

const strict = { additionalProperties: false }
const Positive = (description: string) => Type.Number({ exclusiveMinimum: 0, description })
const Duration = (description: string) =>
  Type.String({ pattern: '^(\\d+(\\.\\d+)?(ms|s|m|h|d))+$', description: `${description}; for example 15m` })
const Range = Type.Tuple([Type.Number(), Type.Number()])

/** What is usual in a part of the year. */
const Season = Type.Object(
  {
    season: Type.String({
      pattern: '^\\d\\d-\\d\\d\\.\\.\\d\\d-\\d\\d$',
      description: 'first and last day, UTC, as month-day: 06-01..09-30; may run over the end of the year',
    }),
    use: { ...Range, description: "lowest and highest usual value then, in the quantity's unit" },
  },
  strict,
)

/**
 * QARTOD tests of one quantity beside the gross range, which `span` and `use` give. Numbers are in the quantity's
 * unit. Beyond `suspect` a reading is suspect (3) and still counts; beyond `fail` it fails (4) and is not used.
 */
export const QualityTests = Type.Object(
  {
    source: Type.String({ description: 'where the numbers of these tests come from' }),
    reference: Type.Optional(
      Type.Boolean({ description: 'judge as ioos_qc does, its known weaknesses included; false if absent' }),
    ),
    gap: Type.Optional(
      Duration('readings further apart are not compared with each other; 3 intervals if absent'),
    ),
    climatology: Type.Optional(
      Type.Array(Season, { minItems: 1, maxItems: 12, description: 'usual ranges by season: outside -> 3' }),
    ),
    spike: Type.Optional(
      Type.Object(
        {
          suspect: Positive("height above both neighbours, in the quantity's unit"),
          fail: Type.Optional(Positive('as suspect, higher')),
        },
        { ...strict, description: 'a single reading that stands out; known when its successor is here' },
      ),
    ),
    rateOfChange: Type.Optional(
      Type.Object(
        {
          suspect: Positive("change in the quantity's unit..."),
          fail: Type.Optional(Positive('as suspect, higher')),
          per: Duration('...in this time'),
        },
        strict,
      ),
    ),
    flatLine: Type.Optional(
      Type.Object(
        {
          tolerance: Type.Number({
            minimum: 0,
            description: "the readings differ by no more than this, in the quantity's unit...",
          }),
          suspect: Duration('...for this long'),
          fail: Type.Optional(Duration('as suspect, longer')),
        },
        strict,
      ),
    ),
    attenuated: Type.Optional(
      Type.Object(
        {
          window: Duration('in this time...'),
          suspect: Positive("...the readings spread over less than this, in the quantity's unit"),
          fail: Type.Optional(Positive('as suspect, lower')),
        },
        strict,
      ),
    ),
    multiVariate: Type.Optional(
      Type.Object(
        {
          other: Type.String({ description: 'a quantity of the same device that should change as well' }),
          change: Positive('this quantity changes by more, in its own unit, while...'),
          otherChange: Positive("...the other changes by less, in the other's unit -> 3"),
          per: Duration('time in which both changes count'),
        },
        strict,
      ),
    ),
    neighbour: Type.Optional(
      Type.Object(
        {
          suspect: Positive(
            "distance, in the quantity's unit, from the median of the devices of this model at the site -> 3",
          ),
          within: Duration('their newest readings may be this far away in time'),
        },
        strict,
      ),
    ),
  },
  { ...strict, minProperties: 2 },
)
export type QualityTests = Static<typeof QualityTests>

/** The flat line and the attenuated signal may look back over this many reports: their state is kept in memory. */
const MOST_TEST_REPORTS = 10_000

interface Context {
  /** Usual time between two reports, ms. */
  intervalMs: number
  /** Name of the quantity, and all of the model's. */
  quantity: string
  quantities: readonly string[]
}

type Path = readonly string[]

/** What a schema cannot say: limits in their order, seasons of the calendar, other quantities that exist. */
export function checkQualityTests(tests: QualityTests, context: Context): { path: Path; fault: Fault }[] {
  const found: { path: Path; fault: Fault }[] = []
  const report = (path: Path, message: string, hint: string): void => {
    found.push({ path, fault: { code: 'model-tests', message: `${path.join('.')}: ${message}`, hint } })
  }
  for (const name of ['spike', 'rateOfChange'] as const) {
    const { suspect, fail } = tests[name] ?? {}
    if (suspect !== undefined && fail !== undefined && fail < suspect)
      report([name, 'fail'], `${fail} is less than suspect, ${suspect}`, 'fail is the wider limit')
  }
  const { attenuated } = tests
  if (attenuated?.fail !== undefined && attenuated.fail > attenuated.suspect)
    report(
      ['attenuated', 'fail'],
      `${attenuated.fail} is more than suspect, ${attenuated.suspect}`,
      'a weaker signal is worse',
    )
  checkDurations(tests, context, report)
  tests.climatology?.forEach(({ season, use }, at) => {
    if (!parseSeason(season))
      report(
        ['climatology', String(at), 'season'],
        `"${season}" is no part of the calendar`,
        'write 06-01..09-30',
      )
    if (use[0] >= use[1])
      report(
        ['climatology', String(at), 'use'],
        `${use[0]} is not below ${use[1]}`,
        'the lowest value stands first',
      )
  })
  const other = tests.multiVariate?.other
  if (other !== undefined && (other === context.quantity || !context.quantities.includes(other)))
    report(
      ['multiVariate', 'other'],
      `there is no other quantity "${other}"`,
      `known: ${context.quantities.join(', ')}`,
    )
  return found
}

function checkDurations(
  { flatLine, attenuated, rateOfChange, multiVariate, neighbour, gap }: QualityTests,
  { intervalMs }: Context,
  report: (path: Path, message: string, hint: string) => void,
): void {
  const ms = (text: string | undefined): number => parseDuration(text ?? '') ?? 0
  if (flatLine?.fail !== undefined && ms(flatLine.fail) < ms(flatLine.suspect))
    report(
      ['flatLine', 'fail'],
      `${flatLine.fail} is shorter than suspect, ${flatLine.suspect}`,
      'fail is the longer time',
    )
  const windows: [Path, string | undefined][] = [
    [['flatLine', 'suspect'], flatLine?.suspect],
    [['flatLine', 'fail'], flatLine?.fail],
    [['attenuated', 'window'], attenuated?.window],
  ]
  for (const [path, text] of windows) {
    if (text === undefined) continue
    if (ms(text) < 2 * intervalMs)
      report(path, `${text} never holds three reports`, 'choose a time of three intervals or more')
    if (ms(text) > MOST_TEST_REPORTS * intervalMs)
      report(
        path,
        `${text} holds more than ${MOST_TEST_REPORTS} reports`,
        'choose a shorter time: they are kept in memory',
      )
  }
  const others: [Path, string | undefined][] = [
    [['gap'], gap],
    [['rateOfChange', 'per'], rateOfChange?.per],
    [['multiVariate', 'per'], multiVariate?.per],
    [['neighbour', 'within'], neighbour?.within],
  ]
  for (const [path, text] of others)
    if (text !== undefined && ms(text) === 0) report(path, `${text} is no time`, 'write for example 15m')
}

/** A season's first and last day as `month * 100 + day`, or undefined where one is not in the calendar. */
export function parseSeason(text: string): [number, number] | undefined {
  const days = text.split('..').map(day => {
    const [month = 0, date = 0] = day.split('-').map(Number)
    // 29 February exists in 2024.
    const real = new Date(Date.UTC(2024, month - 1, date))
    return real.getUTCMonth() === month - 1 && real.getUTCDate() === date ? month * 100 + date : undefined
  })
  const [first, last] = days
  return first === undefined || last === undefined || days.length !== 2 ? undefined : [first, last]
}
