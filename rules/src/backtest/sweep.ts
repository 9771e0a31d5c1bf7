import type { Fault } from '@picket/devices'
import { didYouMean } from '../language/nearest.ts'
import type { Parameter, Rule } from '../rule.ts'
import { type Label, type Score, scoreEpisodes } from './labels.ts'
import { type LabelsLeftOut, labelsOfToday } from './present-ids.ts'
import { type ReplayOptions, replay } from './replay.ts'

/** A parameter of a rule and the values that it is tried with. */
export interface SweepTarget {
  rule: string
  parameter: string
  from: number
  to: number
  /** Values from `from` to `to`, both included, evenly apart. */
  steps: number
}

/** What a rule did with one value of its parameter. */
export interface SweepPoint {
  value: number
  episodes: number
  minutesInAlarm: number
  score: Score | null
}

/** What a sweep found; plain data. */
export interface SweepResult {
  rule: string
  parameter: string
  unit: string
  /** The value in the pack. */
  present: number
  /** How many events there are; 0 without labels. */
  labels: number
  /** Null without labels. */
  labelsLeftOut: LabelsLeftOut | null
  from: number
  to: number
  points: SweepPoint[]
}

const MOST_STEPS = 101
const DEFAULT_STEPS = 11
const TARGET = /^([^.=]+)\.([^.=]+)=(-?[\d.]+)\.\.(-?[\d.]+)(?:\/(\d+))?$/

/** Reads `rule.parameter=a..b` or `rule.parameter=a..b/steps`; 11 values where the steps are not said. */
export function readSweepTarget(
  text: string,
): { ok: true; target: SweepTarget } | { ok: false; fault: Fault } {
  const [, rule, parameter, fromText, toText, stepsText] = TARGET.exec(text) ?? []
  const from = Number(fromText)
  const to = Number(toText)
  const steps = Number(stepsText ?? DEFAULT_STEPS)
  const usable =
    Number.isFinite(from) && Number.isFinite(to) && from < to && steps >= 2 && steps <= MOST_STEPS
  if (rule !== undefined && parameter !== undefined && usable)
    return { ok: true, target: { rule, parameter, from, to, steps } }
  return {
    ok: false,
    fault: {
      code: 'sweep-target',
      message: `"${text}" is no parameter with a range of values`,
      hint: `write rule.parameter=a..b, or a..b/steps with 2 to ${MOST_STEPS} steps; a below b`,
    },
  }
}

/** The rule and the parameter that a sweep names, or why it cannot be made. */
export function findSwept(
  rules: readonly Rule[],
  { rule: id, parameter: name, from, to }: SweepTarget,
): { ok: true; rule: Rule; parameter: Parameter } | { ok: false; fault: Fault } {
  const rule = rules.find(one => one.id === id)
  if (!rule)
    return refusal(
      `there is no rule "${id}"`,
      didYouMean(
        id,
        rules.map(one => one.id),
      ),
    )
  const parameter = rule.parameters.find(one => one.name === name)
  if (!parameter)
    return refusal(
      `rule "${id}" has no parameter "${name}"`,
      didYouMean(
        name,
        rule.parameters.map(one => one.name),
      ),
    )
  const { min, max, unit } = parameter
  if (from < min || to > max)
    return refusal(`${name} may be ${min} to ${max} ${unit}`, 'choose a range within')
  return { ok: true, rule, parameter }
}

const refusal = (message: string, hint: string) =>
  ({ ok: false, fault: { code: 'sweep-target', message, hint } }) as const

export interface SweepOptions extends Omit<ReplayOptions, 'sets'> {
  rule: Rule
  parameter: Parameter
  target: SweepTarget
  labels?: readonly Label[] | undefined
  nearMs?: number | undefined
}

/** Tries values of one parameter, the same at every device and all the year; all in one pass over the readings. */
export function sweep(options: SweepOptions): SweepResult {
  const { rule, parameter, target, nearMs = 0, from, to } = options
  const usable = options.labels && labelsOfToday(options.labels, options.devices, { from, to })
  const labels = usable?.labels
  const values = Array.from(
    { length: target.steps },
    // Rounded, so that 0.1 steps do not end in 0.30000000000000004.
    (_, step) =>
      Number((target.from + (step * (target.to - target.from)) / (target.steps - 1)).toPrecision(12)),
  )
  const without = <T extends { parameters: Readonly<Record<string, unknown>> }>(one: T): T => ({
    ...one,
    parameters: Object.fromEntries(
      Object.entries(one.parameters).filter(([name]) => name !== parameter.name),
    ),
  })
  const { outcomes } = replay({
    ...options,
    devices: options.devices.map(without),
    sites: options.sites.map(without),
    sets: values.map(value => [withValue(rule, parameter, value)]),
  })
  const minutes = (begin: number, end: number): number => Math.max(0, end - begin) / 60_000
  return {
    rule: rule.id,
    parameter: parameter.name,
    unit: parameter.unit,
    present: parameter.value,
    labels: usable ? usable.labels.length - usable.leftOut.elsewhen : 0,
    labelsLeftOut: usable?.leftOut ?? null,
    from,
    to,
    points: outcomes.map(({ episodes }, index) => ({
      value: values[index] as number,
      episodes: episodes.length,
      minutesInAlarm: episodes.reduce(
        (sum, { raisedAt, clearedAt }) => sum + minutes(Math.max(raisedAt, from), clearedAt ?? to),
        0,
      ),
      score: labels ? scoreEpisodes(episodes, labels, { from, to, nearMs }) : null,
    })),
  }
}

const withValue = (rule: Rule, { name }: Parameter, value: number): Rule => ({
  ...rule,
  parameters: rule.parameters.map(one => (one.name === name ? { ...one, value, seasons: [] } : one)),
})
