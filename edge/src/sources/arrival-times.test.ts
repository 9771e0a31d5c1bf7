import { Mark, Quality, type Reading } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { ArrivalTimes } from './arrival-times.ts'

const T = Date.UTC(2026, 10, 23)
const arrived = (t: number, device = 'a'): Reading => ({
  device,
  quantity: 'x',
  t,
  v: 1,
  q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME,
})
const timesOf = (readings: Reading[]): number[] => {
  const times = new ArrivalTimes()
  for (const reading of readings) times.keepApart(reading)
  return readings.map(({ t }) => t)
}

describe('times of arrival', () => {
  it('differ within one series', () => {
    expect(timesOf([arrived(T), arrived(T), arrived(T + 1), arrived(T + 9)])).toEqual([
      T,
      T + 1,
      T + 2,
      T + 9,
    ])
  })

  it('may be the same in two series', () => {
    expect(timesOf([arrived(T), arrived(T, 'b')])).toEqual([T, T])
  })

  it('of a sensor with a clock are its own', () => {
    expect(timesOf([arrived(T), { ...arrived(T), q: Quality.NOT_EVALUATED }])).toEqual([T, T])
  })

  it('follow a clock that was set back', () => {
    expect(timesOf([arrived(T), arrived(T - 3_600_000)])).toEqual([T, T - 3_600_000])
  })

  it('are kept apart for the series that speak now, however many have spoken', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => arrived(T + at, `d${at}`))
    expect(timesOf([...many, arrived(T + 20_000), arrived(T + 20_000)]).slice(-2)).toEqual([
      T + 20_000,
      T + 20_001,
    ])
  })
})
