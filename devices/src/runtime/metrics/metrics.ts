/** The type of what `Metrics.text` gives. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** What a series is. Its name ends in its unit, and a counter's in `_total`. */
export interface SeriesWords {
  name: string
  help: string
  /** Name of its label, where it has one sample for each of several things. */
  label?: string
}

/** A value, values by what the label names, or undefined where there is nothing to tell. */
type Reading = number | undefined | Iterable<readonly [labelled: string, value: number]>

/**
 * Most samples of one series, so that a page stays a page whatever is registered: further ones are left out, and
 * `picket_samples_left_out` says how many.
 */
const MOST_SAMPLES = 1000

/** Counts up since the start of the program. */
export class Counter {
  #value = 0

  get value(): number {
    return this.#value
  }

  add(by = 1): void {
    this.#value += by
  }
}

/** Counts values by upper bounds. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  /** @param bounds - in ascending order, the infinite one left out */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Array(bounds.length + 1).fill(0)
  }

  observe(value: number): void {
    let at = 0
    while (at < this.#bounds.length && value > (this.#bounds[at] as number)) at++
    this.#counts[at] = (this.#counts[at] as number) + 1
    this.#sum += value
  }

  /** Its lines: each bucket counts what the ones before it count, too. */
  *lines(name: string): Generator<string> {
    let count = 0
    for (const [at, inBucket] of this.#counts.entries()) {
      count += inBucket
      yield `${name}_bucket{le="${this.#bounds[at] ?? '+Inf'}"} ${count}`
    }
    yield `${name}_sum ${this.#sum}`
    yield `${name}_count ${count}`
  }
}

/**
 * What a program tells Prometheus of itself, in its text format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Everything is read when somebody asks. The gateway has
 * no memory for a library: prom-client takes 5 MB of it.
 */
export class Metrics {
  readonly #series: { words: SeriesWords; type: string; lines: () => Iterable<string> }[] = []
  #leftOut = 0

  counter(words: SeriesWords, read: () => Reading): void {
    this.#add('counter', words, read)
  }

  gauge(words: SeriesWords, read: () => Reading): void {
    this.#add('gauge', words, read)
  }

  histogram(words: SeriesWords, histogram: Histogram): void {
    this.#series.push({ words, type: 'histogram', lines: () => histogram.lines(words.name) })
  }

  text(): string {
    this.#leftOut = 0
    const lines: string[] = []
    const write = (type: string, { name, help }: SeriesWords, samples: Iterable<string>): void => {
      lines.push(`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`, ...samples)
    }
    for (const { words, type, lines: samples } of this.#series) write(type, words, samples())
    write('gauge', LEFT_OUT, [`${LEFT_OUT.name} ${this.#leftOut}`])
    return `${lines.join('\n')}\n`
  }

  #add(type: string, words: SeriesWords, read: () => Reading): void {
    this.#series.push({ words, type, lines: () => this.#lines(words, read()) })
  }

  #lines({ name, label }: SeriesWords, reading: Reading): string[] {
    if (reading === undefined) return []
    if (typeof reading === 'number') return [`${name} ${number(reading)}`]
    const lines: string[] = []
    for (const [labelled, value] of reading) {
      if (lines.length >= MOST_SAMPLES) this.#leftOut++
      else lines.push(`${name}{${label}="${escaped(labelled).replaceAll('"', '\\"')}"} ${number(value)}`)
    }
    return lines
  }
}

const LEFT_OUT = {
  name: 'picket_samples_left_out',
  help: `Samples beyond ${MOST_SAMPLES} of a series, which are not on this page.`,
}

// In a help text, a quotation mark stands for itself.
const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

const number = (value: number): string =>
  Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
