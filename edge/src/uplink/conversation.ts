import {
  Acknowledgement,
  type CustodyRecord,
  encodeBatch,
  type Hello,
  Lane,
  MalformedError,
  Refusal,
  unseal,
  Welcome,
} from '@picket/devices'
import type { CancelTimer, Clock, Log } from '@picket/devices/runtime'
import { Compile } from 'typebox/compile'
import type { Position } from '../outbox/books.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { TimeWord } from '../time/clock-keeper.ts'
import { type Cut, Lanes } from './lanes.ts'
import type { Meter } from './meter.ts'
import { Pace } from './pace.ts'

/** What a conversation does to its link. */
interface Link {
  hello(hello: Hello): void
  batch(bytes: Buffer): void
  /** Ends the connection: another one is made later. */
  hangUp(reason: string): void
}

export interface ConversationOptions {
  outbox: Outbox
  link: Link
  meter: Meter
  clock: Clock
  log: Log
  /** A fresh random 128-bit number in hexadecimal. */
  token(): string
  /** Called at each welcome: the cloud hears us. */
  onWelcome(): void
  /** Told at each welcome what the cloud says of the time, before anything is sent. */
  onTime?(word: TimeWord | undefined): void
  /** Records that go before all else. */
  first?(): readonly Position[]
}

/** Beside the payload: header, topic, packet id; the acknowledgements; TCP/IP of both. A rounded figure. */
const PUBLISH_BYTES = 200

/** How long the cloud may take to answer, on a link that is up. */
export const ANSWER_TIMEOUT_MS = 15_000
const MAX_BATCH_BYTES = 64 * 1024
/** Alarms do not wait for what is under way: so many of their batches go beside the window. */
const ALARM_BATCHES = 2
/** Nor do live records wait for a backlog that is under way: so many of theirs do not count. */
const LIVE_BATCHES = 2

// Compiled: an acknowledgement comes for each batch.
const [aRefusal, aWelcome, anAcknowledgement] = [Compile(Refusal), Compile(Welcome), Compile(Acknowledgement)]

interface InFlight extends Cut {
  sentAt: number
}

/**
 * The gateway's side of the custody contract on one connection after the other: hello, comparison, batches
 * within a bounded window, and letting go on the cloud's acknowledgement. It opens no socket.
 */
export class Conversation {
  readonly #options: ConversationOptions
  readonly #pace = new Pace()
  #phase: 'closed' | 'greeting' | 'open' = 'closed'
  #nonce = ''
  #greetedAt = 0
  #described: Hello['epochs'] = []
  #lanes: Lanes | undefined
  #inFlight: InFlight[] = []
  #cancelTimer: CancelTimer = () => {}
  #cancelRate: CancelTimer = () => {}

  constructor(options: ConversationOptions) {
    this.#options = options
  }

  /** True when the cloud has answered and nothing more is to be sent or acknowledged. */
  get idle(): boolean {
    return this.#phase === 'open' && this.#inFlight.length === 0 && !this.#waiting
  }

  get welcomed(): boolean {
    return this.#phase === 'open'
  }

  /** Batches sent and not yet acknowledged. */
  get inFlight(): number {
    return this.#inFlight.length
  }

  /** The link is up and its downlink subscribed to. */
  open(): void {
    this.#greet()
  }

  /** Says hello anew, to hear the time; where that is not urgent, only while nothing is under way. */
  askTime(urgent: boolean): void {
    if (this.#phase === 'open' && (urgent || this.#inFlight.length === 0)) this.#greet()
  }

  /** The link is down: what is in flight will be compared anew. */
  close(): void {
    this.#phase = 'closed'
    this.#inFlight = []
    this.#lanes = undefined
    this.#cancelTimer()
    this.#cancelRate()
  }

  /** The outbox has new records. They go as they were committed together: the intake has gathered them. */
  recordsWaiting(): void {
    this.#send()
  }

  /** A message on the welcome topic. */
  onWelcome(payload: Uint8Array): void {
    const message = unseal(payload)
    if (aRefusal.Check(message)) {
      if (message.nonce !== this.#nonce) return
      this.#options.log.error({ refused: message.refused }, 'the cloud refuses this gateway')
      this.#options.link.hangUp(`refused: ${message.refused}`)
    } else if (!aWelcome.Check(message)) this.#options.log.warn('a welcome that is not as the contract says')
    else if (message.nonce === this.#nonce && this.#phase === 'greeting') this.#begin(message)
  }

  /** A message on the acknowledgement topic. */
  onAcknowledgement(payload: Uint8Array): void {
    const message = unseal(payload)
    if (!anAcknowledgement.Check(message)) {
      this.#options.log.warn('an acknowledgement that is not as the contract says')
    } else if (message.nonce === this.#nonce && this.#phase === 'open') {
      this.#options.outbox.settle(message.settled)
      this.#letGo()
      this.#send()
    }
  }

  get #waiting(): boolean {
    const { meter } = this.#options
    const lanes = this.#lanes
    if (!lanes) return false
    // What has to wait for the next month is no work that is left to do now.
    if (lanes.nextAlarms(1) || (lanes.liveWaiting > 0 && !meter.isSpent(Lane.LIVE))) return true
    return lanes.backlogWaiting && !meter.isSpent(Lane.BACKLOG)
  }

  #greet(): void {
    const { outbox, link, token, clock } = this.#options
    this.#phase = 'greeting'
    this.#inFlight = []
    this.#lanes = undefined
    this.#nonce = token()
    this.#greetedAt = clock.running()
    this.#described = outbox.describe()
    this.#startTimer(() => link.hangUp('no answer to the hello'))
    link.hello({ instance: outbox.current.epoch, nonce: this.#nonce, epochs: this.#described })
  }

  #begin({ settled, now }: Welcome): void {
    const { outbox, clock, log, onWelcome, onTime, first } = this.#options
    try {
      outbox.compare(this.#described, settled)
    } catch (error) {
      log.error({ error }, 'cannot write gap notes; they are tried again at the next hello')
    }
    onTime?.(now === undefined ? undefined : { now, elapsedMs: clock.running() - this.#greetedAt })
    this.#phase = 'open'
    this.#pace.begin()
    this.#lanes = new Lanes(outbox, first?.())
    this.#cancelTimer()
    onWelcome()
    this.#send()
  }

  #letGo(): void {
    const now = this.#options.clock.running()
    const before = this.#inFlight.length
    this.#inFlight = this.#inFlight.filter(({ epoch, first, last, sentAt }) => {
      if (!epoch.settled.covers(first, last)) return true
      this.#pace.acknowledged(now - sentAt)
      return false
    })
    if (this.#inFlight.length === 0) this.#cancelTimer()
    else if (this.#inFlight.length < before) this.#startAnswerTimer()
  }

  #send(): void {
    const lanes = this.#lanes
    if (this.#phase !== 'open' || !lanes) return
    while (this.#inFlight.length < this.#pace.window + LIVE_BATCHES + ALARM_BATCHES) {
      const cut = lanes.nextAlarms(this.#pace.records) ?? this.#nextCut(lanes)
      if (!cut || !this.#sendBatch(lanes, cut)) break
    }
  }

  #nextCut(lanes: Lanes): Cut | undefined {
    const { meter, clock } = this.#options
    const live = this.#inFlight.filter(({ lane }) => lane === Lane.LIVE).length
    const isFull = this.#inFlight.length - Math.min(live, LIVE_BATCHES) >= this.#pace.window
    if (isFull && live >= LIVE_BATCHES) return undefined
    const { waitMs } = meter
    if (waitMs > 0) {
      this.#cancelRate()
      this.#cancelRate = clock.after(waitMs, () => this.#send())
      return undefined
    }
    const may = (lane: Lane): boolean => meter.may(lane) && (!isFull || lane === Lane.LIVE)
    return lanes.next(this.#pace.records, may)
  }

  // False when nothing more can be sent for now.
  #sendBatch(lanes: Lanes, cut: Cut): boolean {
    const { link, clock, meter } = this.#options
    let records = this.#read(cut)
    if (!records) return false
    // A damaged run was dropped instead: there may be more to send.
    if (records.length === 0) return true
    const { epoch, lane, first: firstSeq } = cut
    let bytes = encodeBatch({ epoch: epoch.epoch, lane, firstSeq, records })
    while (bytes.length > MAX_BATCH_BYTES && records.length > 1) {
      records = records.slice(0, records.length >> 1)
      bytes = encodeBatch({ epoch: epoch.epoch, lane, firstSeq, records })
    }
    const sent: InFlight = {
      epoch,
      lane,
      first: firstSeq,
      last: firstSeq + records.length - 1,
      sentAt: clock.running(),
    }
    lanes.sent(sent)
    this.#inFlight.push(sent)
    if (this.#inFlight.length === 1) this.#startAnswerTimer()
    meter.sent(lane, bytes.length + PUBLISH_BYTES)
    link.batch(bytes)
    return true
  }

  // What was damaged on disk is given up, and the cloud is told; undefined when the disk itself fails.
  #read({ epoch, first, last }: Cut): CustodyRecord[] | undefined {
    const { outbox, link, log } = this.#options
    try {
      const records = outbox.read(epoch, first, last)
      if (records.length > 0) return records
      // Asked again at once, a damaged database would answer the same for ever.
      log.error({ epoch: epoch.epoch, first }, 'the outbox does not find what it holds')
    } catch (error) {
      log.error({ error, epoch: epoch.epoch, first }, 'cannot read the outbox')
      if (error instanceof MalformedError && outbox.dropDamaged(epoch, first)) return []
    }
    link.hangUp('the outbox cannot be read')
    return undefined
  }

  // No acknowledgement in time on a link that is up: compare and resend, in smaller steps.
  #startAnswerTimer(): void {
    this.#startTimer(() => {
      this.#options.log.warn(
        { inFlight: this.#inFlight.length },
        'no acknowledgement in time: comparing anew',
      )
      this.#pace.timedOut()
      this.#greet()
    })
  }

  #startTimer(callback: () => void): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#options.clock.after(ANSWER_TIMEOUT_MS, callback)
  }
}
