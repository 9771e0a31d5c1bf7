import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf, splitterOf } from './columns.ts'
import { type Layout, rowReader } from './rows.ts'
import { parseUtcOffset, timeReader } from './time-format.ts'

const layout: Layout = {
  separator: ',',
  header: true,
  time: 'date',
  value: 'OT',
  utcOffsetMs: 0,
  scale: 1,
  missing: ['NaN', '-99'],
}
const usgs: Layout = { ...layout, fixedWidth: '..YYYYMMDDHHVVV', scale: 0.254 }
const HOUR = 3_600_000

describe('fixed width', () => {
  const read = rowReader(usgs)

  it('reads a USGS rain line, with or without a carriage return', () => {
    const expected = { t: Date.UTC(2010, 6, 24, 1), v: 3.302 }
    expect(read('012010072401013')).toEqual(expected)
    expect(read('012010072401013\r')).toEqual(expected)
  })

  it('takes hour 24 for 0 of the next day, and refuses hour 25', () => {
    expect(read('012010123124001')).toEqual({ t: Date.UTC(2011, 0, 1), v: 0.254 })
    expect(read('012010123125001')).toEqual({ skipped: 'time' })
  })

  it('names what is wrong with a line', () => {
    expect(read('01201007240100')).toEqual({ skipped: 'columns' })
    expect(read('012010023001000')).toEqual({ skipped: 'time' })
    expect(read('0120100724010x0')).toEqual({ skipped: 'value' })
    expect(read('012010072401   ')).toEqual({ skipped: 'columns' })
    expect(read('')).toBeUndefined()
  })

  it('counts a blank value as missing', () => {
    expect(rowReader({ ...usgs, fixedWidth: 'VVVYYYYMMDDHH' })('   2010072401')).toEqual({
      skipped: 'missing',
    })
  })

  it('applies the offset of the record to its times', () => {
    const seattle = rowReader({ ...usgs, utcOffsetMs: -8 * HOUR })
    expect(seattle('012010072400000')).toEqual({ t: Date.UTC(2010, 6, 24, 8), v: 0 })
  })

  it('refuses a picture without a value or a year', () => {
    expect(() => rowReader({ ...usgs, fixedWidth: 'YYYYMMDD' })).toThrow('needs YYYY')
    expect(() => rowReader({ ...usgs, fixedWidth: 'MMDDVVV' })).toThrow('needs YYYY')
  })
})

describe('separated', () => {
  it('finds columns by the names of the header', () => {
    const read = rowReader(layout)
    expect(read('date,HUFL,OT')).toBeUndefined()
    expect(read('2016-07-01 00:00:00,5.8,30.531')).toEqual({ t: Date.UTC(2016, 6, 1), v: 30.531 })
    expect(read('2016-07-01 01:00:00,5.8,NaN')).toEqual({ skipped: 'missing' })
    expect(read('2016-07-01 01:00:00,5.8,')).toEqual({ skipped: 'missing' })
    expect(read('2016-07-01 01:00:00,5.8')).toEqual({ skipped: 'columns' })
    expect(read('yesterday,5.8,1')).toEqual({ skipped: 'time' })
    expect(read('2016-07-01 01:00:00,5.8,0x1f')).toEqual({ skipped: 'value' })
    expect(read('2016-07-01 01:00:00,5.8,1e999')).toEqual({ skipped: 'value' })
  })

  it('says which columns there are when one is unknown', () => {
    expect(() => rowReader({ ...layout, value: 'oil' })('date,OT')).toThrow(/no column "oil".*date, OT/)
  })

  it('joins a time that is spread over columns', () => {
    const read = rowReader({
      ...layout,
      header: false,
      separator: 'whitespace',
      time: '1-5',
      value: '6',
      timeFormat: 'YYYY MM DD HH mm',
    })
    expect(read('2015 \t 08 \t 17 \t 18 \t 15 \t 3')).toEqual({ t: Date.UTC(2015, 7, 17, 18, 15), v: 3 })
  })

  it('keeps a separator within quotes', () => {
    expect(splitterOf(',')('a,"b, ""c""",d')).toEqual(['a', 'b, "c"', 'd'])
    expect(() => splitterOf(';;')).toThrow('one character')
  })

  it('prefers a number to a header that happens to hold it', () => {
    expect(columnsOf('1', ['x', '1'])).toEqual([0])
  })
})

describe('times', () => {
  it('keeps the zone that an ISO time states', () => {
    const read = timeReader('iso', 8 * HOUR)
    expect(read('2020-01-01T08:00:00+08:00')).toBe(Date.UTC(2020, 0, 1))
    expect(read('2020-01-01 08:00')).toBe(Date.UTC(2020, 0, 1))
    expect(read('2020-01-01')).toBe(Date.UTC(2019, 11, 31, 16))
  })

  it('reads epochs', () => {
    expect(timeReader('epoch-s', 0)('1577836800')).toBe(Date.UTC(2020, 0, 1))
    expect(timeReader('epoch-ms', 0)('1577836800000')).toBe(Date.UTC(2020, 0, 1))
    expect(timeReader('epoch-s', 0)('')).toBeUndefined()
  })

  it('reads offsets', () => {
    expect(parseUtcOffset('+08:00')).toBe(8 * HOUR)
    expect(parseUtcOffset('-8')).toBe(-8 * HOUR)
    expect(parseUtcOffset('0530')).toBe(5.5 * HOUR)
    expect(parseUtcOffset('east')).toBeUndefined()
  })

  it('reads back what a date prints', () => {
    const read = timeReader('YYYY-MM-DD HH:mm:ss', 0)
    fc.assert(
      fc.property(fc.integer({ min: 631_152_000, max: 4_102_444_799 }), seconds => {
        const text = new Date(seconds * 1000).toISOString()
        expect(read(text.slice(0, 19).replace('T', ' '))).toBe(seconds * 1000)
      }),
    )
  })
})

it('any line at all is a reading, a named reason or nothing', () => {
  const readers = [rowReader(usgs), rowReader({ ...layout, header: false, time: '1', value: '2' })]
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), line => {
      for (const read of readers) {
        const row = read(line)
        if (row && 'v' in row) expect(Number.isFinite(row.v) && Number.isInteger(row.t)).toBe(true)
      }
    }),
  )
})
