import { type Static, Type } from 'typebox'
import { EARLIEST_TIME, LATEST_TIME } from '../reading.ts'
import { RangeList, Token128 } from './record.ts'

const strict = { additionalProperties: false }
const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** Version of this contract: the second level of every topic. */
export const PROTOCOL = '1'

/** Topics between one gateway and the cloud. */
export const topics = (gateway: string) => ({
  hello: `picket/${PROTOCOL}/${gateway}/up/hello`,
  batch: `picket/${PROTOCOL}/${gateway}/up/batch`,
  reported: `picket/${PROTOCOL}/${gateway}/up/reported`,
  welcome: `picket/${PROTOCOL}/${gateway}/down/welcome`,
  acknowledgement: `picket/${PROTOCOL}/${gateway}/down/ack`,
  desired: `picket/${PROTOCOL}/${gateway}/down/desired`,
  /** All that comes down, as a subscription. */
  down: `picket/${PROTOCOL}/${gateway}/down/#`,
})

/** The first message of a gateway on a new connection: what it holds. */
export const Hello = Type.Object(
  {
    instance: Token128,
    nonce: Token128,
    epochs: Type.Array(
      Type.Object(
        {
          epoch: Token128,
          /** Lowest number still held, pending or in the tail; equal to `next` when none is. */
          low: Seq,
          /** The number that the next record of the epoch would get. */
          next: Seq,
        },
        strict,
      ),
      { maxItems: 1000 },
    ),
  },
  strict,
)
export type Hello = Static<typeof Hello>

const Settled = Type.Record(Token128, RangeList, strict)

/** The answer to a hello: for each epoch named there, the ranges that need not be sent. */
export const Welcome = Type.Object(
  {
    nonce: Token128,
    settled: Settled,
    /** The cloud's clock when it sends this, ms UTC. A cloud that does not know the time leaves it out. */
    now: Type.Optional(Type.Integer({ minimum: EARLIEST_TIME, maximum: LATEST_TIME })),
  },
  strict,
)
export type Welcome = Static<typeof Welcome>

/**
 * What the cloud has committed, quarantined or been told was dropped, after its own commit. Ranges are the
 * cloud's whole ranges around the batches it answers.
 */
export const Acknowledgement = Type.Object({ nonce: Token128, settled: Settled }, strict)
export type Acknowledgement = Static<typeof Acknowledgement>

/** Sent in place of a welcome to an instance that may not speak. */
export const Refusal = Type.Object({ nonce: Token128, refused: Type.String() }, strict)
export type Refusal = Static<typeof Refusal>
