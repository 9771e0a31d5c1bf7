const WIDTH = 30
const EVERY_MS = 100

/** A bar on standard error while something lasts; nothing where that is no terminal. */
export function progressBar(what: string): { show: (done: number) => void; end: () => void } {
  const { stderr } = process
  if (!stderr.isTTY) return { show: () => {}, end: () => {} }
  let shownAt = Number.NEGATIVE_INFINITY
  return {
    show(done) {
      if (performance.now() - shownAt < EVERY_MS) return
      shownAt = performance.now()
      const full = Math.round(done * WIDTH)
      stderr.write(`\r${what} [${'='.repeat(full)}${' '.repeat(WIDTH - full)}] ${Math.floor(done * 100)} %`)
    },
    // Erases the line.
    end: () => void stderr.write('\r\x1b[K'),
  }
}
