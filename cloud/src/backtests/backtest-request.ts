import type { BacktestResult, Label, PackFile, SweepResult, SweepTarget } from '@picket/rules'

/** What a backtest is asked to do, as texts: it compiles them in its own thread. Times are ms UTC. */
export interface BacktestRequest {
  candidate: PackFile[]
  against?: PackFile[]
  /** With it the candidate's parameter is swept, and `against` is not looked at. */
  sweep?: SweepTarget
  models: PackFile[]
  registry: string
  from: number
  to: number
  labels?: Label[]
  nearMs?: number
  operators?: number
}

/** What the thread says: progress from 0 to 1 while it works, and one of the others at its end. */
export type BacktestMessage =
  | { progress: number }
  | { result: BacktestResult | SweepResult }
  /** What is wrong with the request, a line each. */
  | { refused: string[] }
  | { failed: string }
