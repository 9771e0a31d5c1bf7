import { describe, expect, it } from 'vitest'
import { CODECS } from '../codecs/catalogue.ts'
import type { Codec } from '../codecs/codec.ts'
import { dlt645 } from '../codecs/dlt645/dlt645.ts'
import { plainJson } from '../codecs/plain-json/plain-json.ts'
import { LiveStream, MAX_WAITING_BYTES } from './live-stream.ts'

const METER = Buffer.from('681401003182216891083333343339333333F116', 'hex')
const STARTDT = Buffer.from('680407000000', 'hex')

function streamOf(codecs: readonly Codec[]) {
  const heard: string[] = []
  const context = () => ({ topic: 'sensors/device/quantity', arrivalMs: Date.UTC(2026, 10, 24) })
  const stream = new LiveStream(codecs, context, ({ bytes, read: { codec, decoded } }) =>
    heard.push(`${codec.name} ${bytes.length} ${decoded.faults.map(({ code }) => code).join()}`.trim()),
  )
  return { stream, heard }
}
const all = async (): Promise<Codec[]> =>
  (await Promise.all(CODECS.map(({ load }) => load()))).map(make => make())

describe('a live stream', () => {
  it('is cut into frames as they come, and tells what is none', () => {
    const { stream, heard } = streamOf([dlt645])
    stream.push(METER.subarray(0, 7))
    expect(heard).toEqual([])
    stream.push(Buffer.concat([METER.subarray(7), Buffer.from('FEFE', 'hex'), METER.subarray(0, 9)]))
    expect(heard).toEqual(['dlt645 20'])
    stream.silence()
    expect(heard.slice(1)).toEqual(['dlt645 9 dlt645-cut-off'])
  })

  it('is guessed at its first silence, and cut from then on', async () => {
    const { stream, heard } = streamOf(await all())
    stream.push(STARTDT.subarray(0, 3))
    stream.push(STARTDT.subarray(3))
    expect(heard).toEqual([])
    stream.silence()
    stream.push(Buffer.concat([STARTDT, STARTDT]))
    expect(heard).toEqual(['iec104 6', 'iec104 6', 'iec104 6'])
  })

  it('is guessed again where the first message was not understood', async () => {
    const { stream, heard } = streamOf(await all())
    stream.push(Buffer.from('681401003182216891083333343339333333F216', 'hex'))
    stream.silence()
    stream.push(STARTDT)
    stream.silence()
    expect(heard).toEqual(['dlt645 20 dlt645-check-sum', 'iec104 6'])
  })

  it('of a codec that cuts none is cut by silence, and waits with a bounded number of bytes', () => {
    const { stream, heard } = streamOf([plainJson])
    stream.push(Buffer.from('{"v":'))
    stream.push(Buffer.from('1}'))
    stream.silence()
    stream.silence()
    expect(heard).toEqual(['plain-json 7'])
    stream.push(Buffer.alloc(3 * MAX_WAITING_BYTES))
    expect(heard).toHaveLength(3)
  })
})
