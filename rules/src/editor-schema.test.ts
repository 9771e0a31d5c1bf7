import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readYaml } from '@picket/devices'
import { Ajv } from 'ajv'
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { EDITOR_FILES, type EditorFile, editorSchema } from './editor-schema.ts'

function parse(text: string): unknown {
  const result = readYaml(text, 'a file', Type.Unknown())
  if (!result.ok) throw new Error(result.faults[0]?.message)
  return result.document.value
}

const PACKS = fileURLToPath(new URL('../packs/', import.meta.url))
const MODELS = fileURLToPath(new URL('.', import.meta.resolve('@picket/devices/models/gateway.yaml')))

const validator = (file: EditorFile) => new Ajv({ allErrors: true, strict: true }).compile(editorSchema(file))
const yamlFiles = (folder: string, of: (name: string) => boolean): [string, unknown][] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.yaml') && of(name))
    .map(name => [name, parse(readFileSync(`${folder}/${name}`, 'utf8'))])

const isTest = (name: string): boolean => name.endsWith('.test.yaml')
const SHIPPED: [EditorFile, [string, unknown][]][] = [
  ['pack', yamlFiles(PACKS, name => !isTest(name))],
  ['test', yamlFiles(PACKS, isTest)],
  ['model', yamlFiles(MODELS, () => true)],
]

describe('the JSON Schemas for editors', () => {
  it.each(SHIPPED)('%s: an independent validator accepts every shipped file', (file, files) => {
    const validate = validator(file)
    expect(files.length).toBeGreaterThan(4)
    for (const [name, content] of files) {
      validate(content)
      expect(validate.errors ?? [], name).toEqual([])
    }
  })

  it.each<[EditorFile, string, string, RegExp]>([
    ['pack', 'select:', 'selct:', /selct/],
    ['pack', 'when:', 'if:', /"if"/],
    ['test', 'state: raised', 'state: up', /allowed values/],
    ['model', 'interval: 1m', 'interval: often', /pattern/],
  ])('%s: a file with "%s" written as "%s" is refused', (file, right, wrong, message) => {
    const folder = file === 'model' ? MODELS : PACKS
    const files = SHIPPED.flatMap(([kind, all]) => (kind === file ? all : []))
    const texts = files.map(([name]) => readFileSync(`${folder}/${name}`, 'utf8'))
    const text = texts.find(one => one.includes(right)) as string
    const validate = validator(file)
    expect(validate(parse(text.replace(right, wrong)))).toBe(false)
    expect(JSON.stringify(validate.errors)).toMatch(message)
  })

  it.each(EDITOR_FILES)('%s: says what its keys mean', file => {
    expect(JSON.stringify(editorSchema(file)).split('"description"').length).toBeGreaterThan(4)
    expect(editorSchema(file)).toMatchObject({ type: 'object', additionalProperties: false })
  })
})
