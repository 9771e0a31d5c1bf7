import type { ReplaySummary } from './replay.ts'

const WIDTH = 30
const EVERY_MS = 100

/** A bar on one line of a terminal, drawn anew at most ten times a second. */
export class ProgressBar {
  readonly #out: NodeJS.WritableStream
  #drawnMs = Number.NEGATIVE_INFINITY

  constructor(out: NodeJS.WritableStream) {
    this.#out = out
  }

  draw(done: number, { sent, acknowledged }: Readonly<ReplaySummary>): void {
    const now = performance.now()
    if (done < 1 && now - this.#drawnMs < EVERY_MS) return
    this.#drawnMs = now
    this.#out.write(`\r${barOf(done)}  ${sent} sent, ${acknowledged} acknowledged${done < 1 ? '' : '\n'}`)
  }
}

/** `[=====     ]  50 %` */
export function barOf(done: number): string {
  const filled = Math.round(Math.min(Math.max(done, 0), 1) * WIDTH)
  const percent = String(Math.floor(done * 100)).padStart(3)
  return `[${'='.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${percent} %`
}
