const WARN = 40
const PERIOD_MS = 10_000
const LINES_PER_PERIOD = 5

/** What of a program's log a person at the terminal wants to see: a short line, or nothing. */
export function warningIn(line: string): string | undefined {
  if (!line.startsWith('{')) return line.trim() || undefined
  try {
    const entry = JSON.parse(line) as {
      level?: number
      msg?: string
      reason?: string
      error?: { message?: string }
    }
    if ((entry.level ?? 0) < WARN) return undefined
    const detail = entry.reason ?? entry.error?.message
    return detail ? `${entry.msg}: ${detail}` : (entry.msg ?? line.slice(0, 200))
  } catch {
    return line.slice(0, 200)
  }
}

/** Lets five lines in ten seconds through, and says how many it held back. */
export class Quiet {
  #periodStart = Number.NEGATIVE_INFINITY
  #count = 0

  /** @returns the line, a note in its place, or nothing */
  pass(line: string, nowMs: number): string | undefined {
    if (nowMs - this.#periodStart > PERIOD_MS) {
      this.#periodStart = nowMs
      this.#count = 0
    }
    this.#count++
    if (this.#count <= LINES_PER_PERIOD) return line
    return this.#count === LINES_PER_PERIOD + 1 ? '... more in its log file' : undefined
  }
}
