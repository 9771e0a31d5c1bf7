import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Mark, Quality } from '../../reading.ts'
import { codecContract } from '../codec.contract.ts'
import { cayenneLpp } from './cayenne-lpp.ts'

const T = Date.UTC(2026, 10, 24)
const decode = (hex: string) =>
  cayenneLpp.decode(Buffer.from(hex, 'hex'), { topic: 'sensors/node-1/up', arrivalMs: T })
const values = (hex: string) => decode(hex).readings.map(({ quantity, v }) => [quantity, v])

describe('Cayenne LPP', () => {
  // The examples of the format's description.
  it('reads temperatures of two sensors', () => {
    expect(decode('03670110056700FF')).toEqual({
      readings: [
        {
          device: 'node-1',
          quantity: 'temperature_3',
          t: T,
          v: 27.2,
          q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME,
        },
        {
          device: 'node-1',
          quantity: 'temperature_5',
          t: T,
          v: 25.5,
          q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME,
        },
      ],
      facts: [],
      faults: [],
    })
  })

  it('reads a temperature below zero with an acceleration', () => {
    expect(values('0167FFD7067104D2FB2E0000')).toEqual([
      ['temperature_1', -4.1],
      ['acceleration_x_6', 1.234],
      ['acceleration_y_6', -1.234],
      ['acceleration_z_6', 0],
    ])
  })

  it('reads a position', () => {
    expect(values('018806765FF2960A0003E8')).toEqual([
      ['latitude_1', 42.3519],
      ['longitude_1', -87.9094],
      ['altitude_1', 10],
    ])
  })

  it('reads what stands before a type that it does not know, and says where it stopped', () => {
    expect(decode('0367011009FE0000')).toMatchObject({
      readings: [{ v: 27.2 }],
      faults: [{ code: 'cayenne-lpp-type', offset: 4, lengthBytes: 4 }],
    })
  })

  codecContract({
    create: () => cayenneLpp,
    messages: ['03670110056700FF', '018806765FF2960A0003E8', '026832'].map(hex => Buffer.from(hex, 'hex')),
    wholeAt: [[4]],
    isChecked: false,
    nearMisses: fc
      .array(
        fc.tuple(fc.nat({ max: 3 }), fc.constantFrom(0, 2, 101, 103, 104, 113, 136), fc.nat({ max: 255 })),
      )
      .map(items => Uint8Array.from(items.flatMap(([channel, type, byte]) => [channel, type, byte, byte]))),
  })
})
