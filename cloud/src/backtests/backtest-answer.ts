import { formatFileFault, type ModelLibrary, Registry, readYaml, withPresentIds } from '@picket/devices'
import {
  BacktestError,
  backtest,
  compilePacks,
  engineDevices,
  engineSites,
  findSwept,
  type History,
  type PackFile,
  type Rule,
  sweep,
} from '@picket/rules'
import { readModelsInForce } from '../ingest/models-in-force.ts'
import type { BacktestMessage, BacktestRequest } from './backtest-request.ts'

const PROGRESS_EVERY_MS = 200

/**
 * Runs a backtest or a sweep over stored readings.
 *
 * @param say - told of progress, some times a second
 * @returns the last message: what was found, or what is wrong with the request
 */
export function answer(
  request: BacktestRequest,
  history: History,
  say: (message: BacktestMessage) => void,
): BacktestMessage {
  try {
    return answerTo(request, history, say)
  } catch (error) {
    const { message } = error as Error
    return error instanceof BacktestError ? { refused: message.split('\n') } : { failed: message }
  }
}

function answerTo(
  request: BacktestRequest,
  history: History,
  say: (message: BacktestMessage) => void,
): BacktestMessage {
  const models = readModelsInForce(request.models)
  const registry = readYaml(request.registry, 'registry', Registry)
  if (!registry.ok) return { refused: registry.faults.map(formatFileFault) }
  const document = withPresentIds(registry.document.value)
  const candidate = compile(request.candidate, models)
  const against = request.against && compile(request.against, models)
  const { from, to, labels, nearMs, operators } = request
  const options = {
    history,
    devices: engineDevices(document, models),
    sites: engineSites(document),
    ...{ from, to, labels, nearMs, operators },
    onProgress: progress(say),
  }
  if (!request.sweep) return { result: backtest({ ...options, candidate, against }) }
  const found = findSwept(candidate, request.sweep)
  if (!found.ok) return { refused: [`${found.fault.message} (${found.fault.hint})`] }
  return { result: sweep({ ...options, ...found, target: request.sweep }) }
}

function compile(packs: readonly PackFile[], models: ModelLibrary): Rule[] {
  const compiled = compilePacks(packs, { models })
  if (!compiled.ok) throw new BacktestError(compiled.faults.map(formatFileFault).join('\n'))
  return compiled.rules
}

function progress(say: (message: BacktestMessage) => void): (done: number) => void {
  let saidAt = performance.now()
  return done => {
    if (performance.now() - saidAt < PROGRESS_EVERY_MS) return
    saidAt = performance.now()
    say({ progress: done })
  }
}
