import { type Static, Type } from 'typebox'
import { checkLayout, Layout } from './codecs/binary-layout/layout.ts'
import { CsvMapping, checkCsvMapping } from './codecs/csv/mapping.ts'
import type { DescriptionFault } from './codecs/described.ts'
import { checkPoints, Points } from './codecs/iec104/points.ts'
import { checkJsonMapping, JsonMapping } from './codecs/json/mapping.ts'
import { checkRegisterMap, RegisterMap } from './codecs/modbus/register-map.ts'
import { checkConversions, ModelConversions } from './conversions/model-conversions.ts'
import { Interval, parseDuration } from './duration.ts'
import type { FileFault } from './fault.ts'
import { checkQualityTests, QualityTests } from './quality-tests.ts'
import { parseUnit } from './units/unit.ts'
import { readYaml, type YamlDocument } from './yaml-document.ts'

const strict = { additionalProperties: false }

/** A text in the two languages of the product. */
export const BilingualText = Type.Object({ en: Type.String(), zh: Type.String() }, strict)
export type BilingualText = Static<typeof BilingualText>

/** An id that a user gives: see `isName`. */
export const Id = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[^/+#\\s\\p{Cc}\\p{Cs}]([^/+#\\p{Cc}\\p{Cs}]*[^/+#\\s\\p{Cc}\\p{Cs}])?$',
})

const Range = Type.Tuple([Type.Number(), Type.Number()])

/** One quantity that a type of sensor reports. */
export const QuantityModel = Type.Object(
  {
    name: BilingualText,
    unit: Type.String({ description: 'UCUM code, for example mm, Cel, kW' }),
    span: Type.Optional({ ...Range, description: 'what the sensor can measure; outside it a reading fails' }),
    use: Type.Optional({ ...Range, description: 'what is usual here; outside it a reading is suspect' }),
    source: Type.String({ description: 'where the ranges come from' }),
    tests: Type.Optional(QualityTests),
  },
  strict,
)
export type QuantityModel = Static<typeof QuantityModel>

/** What a type of sensor reports. */
export const DeviceModel = Type.Object(
  {
    model: Id,
    name: BilingualText,
    interval: { ...Interval, description: 'usual time between two reports' },
    codec: Type.Optional(Type.String()),
    tags: Type.Optional(
      Type.Array(Id, { maxItems: 20, description: 'every device of this model has them, beside its own' }),
    ),
    layout: Type.Optional(Layout),
    csv: Type.Optional(CsvMapping),
    json: Type.Optional(JsonMapping),
    registers: Type.Optional(RegisterMap),
    points: Type.Optional(Points),
    quantities: Type.Record(Type.String(), QuantityModel),
    conversions: Type.Optional(ModelConversions),
  },
  strict,
)
export type DeviceModel = Static<typeof DeviceModel>

/** ms between two reports of a device: as it says itself, or else as its model does. Undefined where neither does. */
export const reportingIntervalMs = (
  device: { interval?: string | undefined },
  model: Pick<DeviceModel, 'interval'> | undefined,
): number | undefined => parseDuration(device.interval ?? model?.interval ?? '')

/** What rules may select a device by: its own tags and those of its model. */
export const tagsOf = (
  device: { tags?: readonly string[] | undefined },
  model: DeviceModel | undefined,
): string[] => [...new Set([...(device.tags ?? []), ...(model?.tags ?? [])])]

/** Every known model by its id. */
export type ModelLibrary = ReadonlyMap<string, DeviceModel>

/** Reads one model file; what its numbers contradict is a fault at its line. */
export function readModel(text: string, file: string): { model: DeviceModel } | { faults: FileFault[] } {
  const result = readYaml(text, file, DeviceModel)
  if (!result.ok) return { faults: result.faults }
  const faults = checkModel(result.document, file)
  return faults.length > 0 ? { faults } : { model: result.document.value }
}

function checkModel({ value, lineOf }: YamlDocument<DeviceModel>, file: string): FileFault[] {
  const quantities = Object.keys(value.quantities)
  const faults: FileFault[] = descriptionFaults(value, quantities).map(({ path, fault }) => ({
    ...fault,
    file,
    line: lineOf(path),
    message: `${path[0]}: ${fault.message}`,
  }))
  const intervalMs = parseDuration(value.interval) ?? 0
  for (const [quantity, model] of Object.entries(value.quantities)) {
    const place = ['quantities', quantity]
    for (const key of ['span', 'use'] as const) {
      const [low, high] = model[key] ?? [0, 1]
      if (low >= high)
        faults.push({
          code: 'model-range',
          file,
          line: lineOf([...place, key]),
          message: `${quantity}.${key}: ${low} is not below ${high}`,
          hint: 'the lowest value stands first',
        })
    }
    const unit = parseUnit(model.unit)
    if (!unit.ok)
      faults.push({
        ...unit.fault,
        file,
        line: lineOf([...place, 'unit']),
        message: `${quantity}: ${unit.fault.message}`,
      })
    if (!model.tests) continue
    for (const { path, fault } of checkQualityTests(model.tests, { intervalMs, quantity, quantities }))
      faults.push({
        ...fault,
        file,
        line: lineOf([...place, 'tests', ...path]),
        message: `${quantity}: ${fault.message}`,
      })
  }
  return faults
}

/** What is wrong with how messages and computed quantities are described, and a codec that misses its description. */
function descriptionFaults(model: DeviceModel, quantities: readonly string[]): DescriptionFault[] {
  const { layout, csv, registers, points, json, conversions, codec } = model
  const within = (section: string, faults: DescriptionFault[]): DescriptionFault[] =>
    faults.map(({ path, fault }) => ({ path: [section, ...path], fault }))
  const needed = { 'binary-layout': 'layout', csv: 'csv', json: 'json' }[codec ?? '']
  return [
    ...(layout ? within('layout', checkLayout(layout, quantities)) : []),
    ...(csv ? within('csv', checkCsvMapping(csv, quantities)) : []),
    ...(json ? within('json', checkJsonMapping(json, quantities)) : []),
    ...(conversions ? within('conversions', checkConversions(conversions, model.quantities)) : []),
    ...(registers ? within('registers', checkRegisterMap(registers, quantities)) : []),
    ...(points ? within('points', checkPoints(points, quantities)) : []),
    ...(needed !== undefined && !(needed in model)
      ? [{ path: ['codec'], fault: { code: 'model-wire', message: `${codec} needs a "${needed}"` } }]
      : []),
  ]
}
