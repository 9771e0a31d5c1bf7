import { describe, expect, it } from 'vitest'
import { Counter, Histogram, Metrics } from './metrics.ts'

const samplesOf = (metrics: Metrics): string[] =>
  metrics
    .text()
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#') && !line.startsWith('picket_samples'))

describe('a page of metrics', () => {
  it('is read anew each time it is asked for', () => {
    const metrics = new Metrics()
    const counter = new Counter()
    metrics.counter({ name: 'a_total', help: 'A.' }, () => counter.value)
    counter.add()
    expect(metrics.text()).toContain('# HELP a_total A.\n# TYPE a_total counter\na_total 1\n')
    counter.add(2)
    expect(samplesOf(metrics)).toEqual(['a_total 3'])
  })

  it('says nothing of what has no value, and infinity as Prometheus does', () => {
    const metrics = new Metrics()
    metrics.gauge({ name: 'none', help: 'N.' }, () => undefined)
    metrics.gauge({ name: 'far', help: 'F.' }, () => Number.NEGATIVE_INFINITY)
    expect(samplesOf(metrics)).toEqual(['far -Inf'])
  })

  it('keeps names of things whole, whatever they are', () => {
    const metrics = new Metrics()
    metrics.gauge({ name: 'g', help: 'A \\ and\na line.', label: 'gateway' }, () => [
      ['a"} 9\n# "\\', 1],
      ['站 1', 2],
    ])
    expect(metrics.text()).toContain('# HELP g A \\\\ and\\na line.\n')
    expect(samplesOf(metrics)).toEqual(['g{gateway="a\\"} 9\\n# \\"\\\\"} 1', 'g{gateway="站 1"} 2'])
  })

  it('shows a thousand samples of a series, and says how many there are beyond', () => {
    const metrics = new Metrics()
    metrics.gauge({ name: 'g', help: 'G.', label: 'gateway' }, () =>
      Array.from({ length: 1003 }, (_, at) => [`${at}`, at] as const),
    )
    for (let times = 0; times < 2; times++) {
      expect(samplesOf(metrics)).toHaveLength(1000)
      expect(metrics.text()).toContain('\npicket_samples_left_out 3\n')
    }
  })

  it('counts a value in every bucket whose bound it does not pass', () => {
    const metrics = new Metrics()
    const histogram = new Histogram([0.5, 1])
    metrics.histogram({ name: 'h_seconds', help: 'H.' }, histogram)
    for (const value of [0.25, 0.5, 0.75, 2]) histogram.observe(value)
    expect(samplesOf(metrics)).toEqual([
      'h_seconds_bucket{le="0.5"} 2',
      'h_seconds_bucket{le="1"} 3',
      'h_seconds_bucket{le="+Inf"} 4',
      'h_seconds_sum 3.5',
      'h_seconds_count 4',
    ])
  })
})
