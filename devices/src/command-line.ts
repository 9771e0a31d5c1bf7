import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, Option } from 'commander'
import { CODECS, codecEntry } from './codecs/catalogue.ts'
import type { Codec } from './codecs/codec.ts'
import { parseJson } from './codecs/json-text.ts'
import { guess, inspect, isJson, isUnderstood } from './decoder/guess.ts'
import { InputError, messagesOf } from './decoder/input.ts'
import { type ListenOptions, listen } from './decoder/listen.ts'
import { hexShown, recordOf, reportOf, table } from './decoder/report.ts'
import { formatFileFault } from './fault.ts'
import { type DeviceModel, readModel } from './model.ts'
import { checkFile, exportFile, importFile } from './registry/command.ts'

const EXIT_FAULTS = 1
const EXIT_UNREADABLE = 2
const SHIPPED_MODELS = fileURLToPath(new URL('../models/', import.meta.url))
const GUESS = 'guess'

/** Makes new codecs: the one of that name, or all of them to guess among. */
async function makerOf(name: string, model?: DeviceModel): Promise<() => Codec[]> {
  const entries = name === GUESS ? CODECS : [codecEntry(name)].filter(entry => entry !== undefined)
  if (entries.length === 0) {
    const names = CODECS.map(entry => entry.name).join(', ')
    throw new InputError(`there is no codec ${name}; there are ${names}`)
  }
  const makers = await Promise.all(entries.map(entry => entry.load()))
  return () => makers.map(make => make(model))
}

const codecsNamed = async (name: string, model?: DeviceModel): Promise<Codec[]> =>
  (await makerOf(name, model))()

async function decode(
  input: string,
  options: { codec?: string; topic: string; model?: string; json?: true; as?: string },
): Promise<number> {
  const model = options.model === undefined ? undefined : modelOf(options.model)
  const name = options.codec ?? model?.codec ?? GUESS
  const codecs = await codecsNamed(name, model)
  const kind = name === 'csv' ? 'table' : options.as === 'text' ? 'text' : 'guess'
  const context = { topic: options.topic, arrivalMs: Date.now() }
  let faults = 0
  for (const [index, message] of messagesOf(input, kind).entries()) {
    const [only, another] = codecs
    const read = only && !another ? inspect(only, message, context) : guess(codecs, message, context)
    faults += read.decoded.faults.length
    if (options.json) console.log(JSON.stringify(recordOf(read)))
    else if (another && !isUnderstood(read) && !isJson(message))
      console.log('no codec understands this; --codec says how to read it, --model for sensors of your own')
    else console.log(`${index > 0 ? '\n' : ''}${reportOf(read)}`)
  }
  return faults > 0 ? EXIT_FAULTS : 0
}

/** The device model in a file. */
function modelOf(file: string): DeviceModel {
  const result = readModel(textOf(file), file)
  if ('model' in result) return result.model
  throw new InputError(result.faults.map(formatFileFault).join('\n'))
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new InputError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** More than this waits only where nobody reads what is printed. */
const MAX_UNPRINTED_BYTES = 4 * 1024 * 1024

async function listenOn(options: {
  port: string
  host: string
  codec?: string
  topic: string
  model?: string
  json?: true
}): Promise<number> {
  const port = Number(options.port)
  if (!/^\d{1,5}$/.test(options.port) || port > 65_535) throw new InputError(`${options.port} is no port`)
  const model = options.model === undefined ? undefined : modelOf(options.model)
  const createCodecs = await makerOf(options.codec ?? model?.codec ?? GUESS, model)
  let [messages, faulty, unprinted] = [0, 0, 0]
  const show: ListenOptions['show'] = ({ bytes, read }, { transport, peer, atMs }) => {
    messages++
    if (read.decoded.faults.length > 0) faulty++
    if (process.stdout.writableLength > MAX_UNPRINTED_BYTES) {
      unprinted++
      return
    }
    const at = new Date(atMs).toISOString()
    const size = bytes.length === 1 ? '1 byte' : `${bytes.length} bytes`
    if (options.json)
      console.log(JSON.stringify({ at, transport, peer, hex: hexShown(bytes, read), ...recordOf(read) }))
    else console.log(`${at}  ${transport} ${peer}  ${size}\n${reportOf(read)}\n`)
  }
  const tell = (message: string): void => console.error(message)
  const end = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort())
  process.stdout.on('error', () => end.abort())
  const { host, topic } = options
  await listen({ host, port, topic, createCodecs, show, tell, signal: end.signal }, bound =>
    tell(`listening on ${host}:${bound}, TCP and UDP; nothing is answered or kept; Ctrl-C ends it`),
  )
  tell(`${messages} messages, ${faulty} with faults${unprinted > 0 ? `, ${unprinted} not printed` : ''}`)
  return 0
}

async function encode(input: string, options: { codec: string }): Promise<number> {
  const [codec] = await codecsNamed(options.codec)
  if (options.codec === GUESS || !codec?.encode) throw new InputError(`${options.codec} does not encode`)
  for (const message of messagesOf(input, 'text')) {
    const encoded = codec.encode(parsed(message))
    if (!encoded.ok) {
      for (const { message: what } of encoded.faults) console.error(what)
      return EXIT_FAULTS
    }
    console.log(Buffer.from(encoded.bytes).toString('hex').toUpperCase())
  }
  return 0
}

function parsed(message: Uint8Array): unknown {
  const json = parseJson(message)
  if (json.ok) return json.value
  throw new InputError(`the message is no JSON: ${json.fault.message}`)
}

/** The models in folders; the faults of those that are none go to the error output. */
function readModels(folders: readonly string[]): { library: Map<string, DeviceModel>; faulty: boolean } {
  const library = new Map<string, DeviceModel>()
  let faulty = false
  for (const folder of folders)
    for (const name of yamlFilesIn(folder)) {
      const file = join(folder, name)
      const result = readModel(readFileSync(file, 'utf8'), file)
      if ('model' in result) library.set(result.model.model, result.model)
      else for (const fault of result.faults) console.error(formatFileFault(fault))
      faulty ||= 'faults' in result
    }
  return { library, faulty }
}

const foldersOf = ({ models }: { models?: string }): string[] => [
  SHIPPED_MODELS,
  ...(models === undefined ? [] : [models]),
]

function models(options: { models?: string; json?: true }): number {
  const { library, faulty } = readModels(foldersOf(options))
  if (options.json) for (const model of library.values()) console.log(JSON.stringify(model))
  else console.log([...library.values()].map(modelText).join('\n'))
  return faulty ? EXIT_FAULTS : 0
}

function modelText({ model, name, codec, interval, quantities, conversions = {} }: DeviceModel): string {
  const rows = Object.entries(quantities).map(([quantity, { unit, name, span, use }]) => [
    `  ${quantity} [${unit}]`,
    `${name.en} ${name.zh}`,
    [span && `span ${span.join('..')}`, use && `use ${use.join('..')}`].filter(Boolean).join(', '),
    Object.hasOwn(conversions, quantity) ? `computed by ${conversions[quantity]?.by}` : '',
  ])
  return `${model}: ${name.en} ${name.zh}, every ${interval}${codec ? `, ${codec}` : ''}\n${table(rows)}\n`
}

/** @throws InputError where a model of the user's is none */
function libraryOf(options: { models?: string }): Map<string, DeviceModel> {
  const { library, faulty } = readModels(foldersOf(options))
  if (faulty) throw new InputError('the models cannot be used')
  return library
}

function yamlFilesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter(name => name.endsWith('.yaml'))
      .sort()
  } catch (error) {
    throw new InputError(`${folder} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

async function run(work: () => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await work()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    console.error(error.message)
    process.exitCode = EXIT_UNREADABLE
  }
}

const EXIT_CODES = '\nExit code: 0 no fault, 1 faults, 2 the input cannot be read or the command is wrong.'
const MODELS = ['--models <folder>', 'device models beside the shipped ones'] as const
const CODEC_LIST = `\nCodecs:\n${table(CODECS.map(({ name, title }) => [name, title]))}`

/** The command, whose exit code is left in `process.exitCode`. */
export const program = new Command('picket-devices')
  .description('Reads what devices send, and lists their models.')
  // A command that was not understood has found no fault.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_UNREADABLE))
program
  .command('decode')
  .description('Say what a frame says, field by field, and where a bad one goes wrong.')
  .argument('<input>', 'hex, text, a file (one message a line, or binary), or - for standard input')
  .option('--codec <name>', "how to read it (default: the model's codec, or a guess)")
  .option('--model <file>', 'the device model, for codecs that read by one')
  .option('--topic <topic>', 'the MQTT topic, for the codecs that need one', 'sensors/device/quantity')
  .addOption(new Option('--as <kind>', 'take text as it is, although it looks like hex').choices(['text']))
  .option('--json', 'one JSON value a message')
  .addHelpText('after', CODEC_LIST + EXIT_CODES)
  .action((input, options) => run(() => decode(input, options)))
program
  .command('listen')
  .description('Show live what devices send to a port over TCP and UDP. Nothing is answered.')
  .requiredOption('--port <number>', 'the port; 0 takes any')
  .option('--host <address>', 'the address to listen on; 0.0.0.0 is every one of this machine', '127.0.0.1')
  .option('--codec <name>', "how to read it (default: the model's codec, or a guess for each connection)")
  .option('--model <file>', 'the device model, for codecs that read by one')
  .option('--topic <topic>', 'the MQTT topic, for the codecs that need one', 'sensors/device/quantity')
  .option('--json', 'one line of JSON a message')
  .action(options => run(() => listenOn(options)))
program
  .command('encode')
  .description('Build a frame from a JSON message; the README of each codec says what one looks like.')
  .argument('<input>', 'JSON, a file of it (one message, or one a line), or - for standard input')
  .requiredOption('--codec <name>', 'the codec')
  .addHelpText('after', EXIT_CODES)
  .action((input, options) => run(() => encode(input, options)))
program
  .command('models')
  .description('List the models of devices with their quantities and units.')
  .option(...MODELS)
  .option('--json', 'one JSON value a model')
  .addHelpText('after', EXIT_CODES)
  .action(options => run(() => models(options)))
const registry = program
  .command('registry')
  .description('Check, fill and give out the registry of sites, gateways and devices.')
registry
  .command('check')
  .description('Say what is wrong with a registry, by file and line.')
  .argument('<file>', 'the registry')
  .option(...MODELS)
  .addHelpText('after', EXIT_CODES)
  .action((file, options) => run(() => (checkFile(file, libraryOf(options)) ? 0 : EXIT_FAULTS)))
registry
  .command('import')
  .description('Bring rows of a CSV or GeoJSON file into a registry, with a report for each.')
  .argument('<input>', 'a .csv file, or a .json or .geojson file with a FeatureCollection')
  .requiredOption('--registry <file>', 'the registry')
  .option('--write', 'write it; else only say what would change')
  .option('--json', 'one JSON value a row')
  .option(...MODELS)
  .addHelpText('after', EXIT_CODES)
  .action((input, options) => run(() => (importFile(input, options, libraryOf(options)) ? 0 : EXIT_FAULTS)))
registry
  .command('export')
  .description('Write a registry as a table for spreadsheets or as a map.')
  .argument('<file>', 'the registry')
  .addOption(new Option('--format <format>', 'what to write').choices(['csv', 'geojson']).default('csv'))
  .option(...MODELS)
  .addHelpText('after', EXIT_CODES)
  .action((file, options) =>
    run(() => {
      exportFile(file, options.format, libraryOf(options))
      return 0
    }),
  )
