// The thread behind BacktestRunner: the engine beside the data, on a connection of its own. Modules are loaded once the
// compile cache is there: a thread has one of its own.
import { enableCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { BacktestMessage, BacktestRequest } from './backtest-request.ts'

enableCompileCache()
const { answer } = await import('./backtest-answer.ts')
const { rehearse } = await import('./rehearsal.ts')
const { StoredHistory } = await import('../stores/sqlite/stored-history.ts')

const history = new StoredHistory((workerData as { file: string }).file)
const say = (message: BacktestMessage): void => parentPort?.postMessage(message)

parentPort?.on('message', (request: BacktestRequest | 'rehearse') => {
  if (request === 'rehearse') rehearse()
  else say(answer(request, history, say))
})
