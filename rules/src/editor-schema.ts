import { DeviceModel } from '@picket/devices'
import { packSchema } from './language/index.ts'
import { testFileSchema } from './testing/test-file.ts'

/** What a person writes in an editor, by the name that `picket-rules schema` has for it. */
const FILES = {
  pack: { title: 'Picket: a pack of rules', schema: packSchema },
  test: { title: 'Picket: tests of rules', schema: testFileSchema },
  model: { title: 'Picket: a device model', schema: DeviceModel },
} as const

export type EditorFile = keyof typeof FILES

/** The kinds of files that there are schemas for. */
export const EDITOR_FILES = Object.keys(FILES) as readonly EditorFile[]

/**
 * The JSON Schema of a kind of file, for an editor: it knows the form, with descriptions. What it cannot know
 * (conditions, units, quantities that exist) is for `picket-rules check`.
 *
 * @returns draft 7, which YAML editors understand, as plain data
 */
export function editorSchema(file: EditorFile): Record<string, unknown> {
  const { title, schema } = FILES[file]
  const plain = JSON.parse(JSON.stringify(schema)) as Record<string, unknown>
  return { $schema: 'http://json-schema.org/draft-07/schema#', title, ...plain }
}
