import type { ActuatorBus } from './mqtt-output.ts'

/** Who may hear of an output and speak for it: a client of the gateway's own broker. */
export interface ActuatorTopic {
  set: string
  state?: string | undefined
  /** Client id of the actuator; any client where it is not named. */
  client?: string | undefined
}

/** Where the gateway's outputs and its own broker meet: which topics are actuators', and what is said on them. */
export class ActuatorTopics implements ActuatorBus {
  readonly #topics: readonly ActuatorTopic[]
  readonly #listeners = new Map<string, (payload: string) => void>()
  readonly #brokers = new Set<(topic: string, payload: string) => void>()

  constructor(topics: readonly ActuatorTopic[]) {
    this.#topics = topics
  }

  publish(topic: string, payload: string): void {
    for (const broker of this.#brokers) broker(topic, payload)
  }

  listen(topic: string, listener: (payload: string) => void): void {
    this.#listeners.set(topic, listener)
  }

  /** A broker that actuators connect to, until the returned function is called. */
  attach(broker: (topic: string, payload: string) => void): () => void {
    this.#brokers.add(broker)
    return () => this.#brokers.delete(broker)
  }

  maySubscribe(client: string, filter: string): boolean {
    return this.#topics.some(topic => topic.set === filter && (topic.client ?? client) === client)
  }

  /** Takes what an actuator says of itself; false where the message is none of that. */
  take(client: string, topic: string, payload: Uint8Array): boolean {
    const actuator = this.#topics.find(({ state }) => state === topic)
    if (!actuator) return false
    if ((actuator.client ?? client) === client)
      this.#listeners.get(topic)?.(Buffer.from(payload).toString('utf8', 0, LONGEST_STATE))
    return true
  }
}

// "on", "off", 1, 0 or a word of the actuator's own.
const LONGEST_STATE = 100
