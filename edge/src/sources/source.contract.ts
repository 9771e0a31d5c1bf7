import type { Reading, RejectedNote } from '@picket/devices'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { GatewayConfig } from '../config.ts'
import type { Gateway } from '../gateway.ts'
import { heldRecords, rejectedNotes, storedReadings } from '../testing/outbox-contents.ts'
import { Folders, portOf, startTestGateway } from '../testing/test-gateway.ts'

/** What became of a message, as its sender sees it. */
type Reply = 'acknowledged' | 'refused' | 'nothing'

/** A sender that speaks the protocol of a source, byte by byte. */
interface ContractClient {
  /** Sends the message number `at`, the same bytes for the same number; waits so long for the answer. */
  send(at: number, waitMs?: number): Promise<Reply>
  /** Sends bytes that are no message. */
  sendMalformed(): Promise<void>
  close(): void
}

export interface ContractSubject {
  /** The section of the gateway's file; its port is 0. */
  source: { type: string; name?: string }
  devices: GatewayConfig['devices']
  models?: string
  /** The reading that message number `at` holds. */
  reading(at: number): Pick<Reading, 'device' | 'quantity' | 't' | 'v'>
  connect(port: number): Promise<ContractClient>
  /** What the sample of the malformed message begins with. */
  malformedSample: string
}

/** How long nothing is waited for. */
const NO_ANSWER_MS = 300
const PATIENCE = { timeout: 15_000 }
/** So low that a few messages are a flood. */
const FLOODS = { perSecond: 1, burst: 5 }

/** What every source that takes messages promises. */
export function sourceContract({
  source,
  devices,
  models,
  reading,
  connect,
  malformedSample,
}: ContractSubject) {
  const name = source.name ?? source.type
  describe(`the source ${name}`, () => {
    const folders = new Folders()
    let gateway: Gateway
    let client: ContractClient

    const start = async (floods?: GatewayConfig['floods']): Promise<void> => {
      gateway = await startTestGateway({
        data: folders.make(),
        sources: [source],
        devices,
        ...(models === undefined ? {} : { models }),
        ...(floods && { floods }),
      })
      client = await connect(portOf(gateway, name))
    }
    const stored = () =>
      storedReadings(gateway).map(({ device, quantity, t, v }) => ({ device, quantity, t, v }))
    const notes = (): Promise<RejectedNote[]> => rejectedNotes(gateway)

    afterEach(async () => {
      client?.close()
      await gateway?.stop()
      folders.remove()
    })

    describe('within the rate', () => {
      beforeEach(() => start())

      it('acknowledges a message whose readings are on disk', async () => {
        expect(await client.send(1)).toBe('acknowledged')
        expect(stored()).toEqual([reading(1)])
      })

      it('acknowledges nothing that the disk refused, and takes it when it comes again', async () => {
        const append = vi.spyOn(gateway.outbox, 'append').mockImplementation(() => {
          throw new Error('disk full')
        })
        expect(await client.send(1, NO_ANSWER_MS)).not.toBe('acknowledged')
        expect(append).toHaveBeenCalled()
        append.mockRestore()
        client.close()
        client = await connect(portOf(gateway, name))
        expect(await client.send(1)).toBe('acknowledged')
        expect(stored()).toEqual([reading(1)])
      })

      it('acknowledges again, and stores once, what comes again', async () => {
        for (const at of [1, 1, 2, 1, 2]) expect(await client.send(at)).toBe('acknowledged')
        client.close()
        client = await connect(portOf(gateway, name))
        expect(await client.send(2)).toBe('acknowledged')
        expect(stored()).toEqual([reading(1), reading(2)])
      })

      it('counts what it cannot read, keeps its bytes for the cloud, and goes on', async () => {
        await client.sendMalformed()
        await expect
          .poll(async () => (await notes()).map(({ sample }) => sample), PATIENCE)
          .toContainEqual(expect.stringMatching(new RegExp(`^${malformedSample}`)))
        expect(await client.send(3)).toBe('acknowledged')
        expect(stored()).toEqual([reading(3)])
      })

      it('lets go of its port and of its clients', async () => {
        expect(await client.send(1)).toBe('acknowledged')
        const before = heldRecords(gateway).length
        await gateway.stop()
        await start()
        expect(before).toBeGreaterThan(0)
      })
    })

    it('limits a sender that floods, and names it', async () => {
      await start(FLOODS)
      const replies = Array.from({ length: 12 }, (_, at) => client.send(at, NO_ANSWER_MS))
      await expect
        .poll(async () => (await notes()).map(({ reason }) => reason.split(':')[0]), PATIENCE)
        .toContain('flood')
      expect(stored().length).toBeLessThan(10)
      client.close()
      await Promise.all(replies)
    })
  })
}
