import type { Output } from './output.ts'

/** The gateway's own broker, as far as outputs need it. */
export interface ActuatorBus {
  /** To whoever has subscribed to the topic. */
  publish(topic: string, payload: string): void
  /** Messages on a topic; one listener each. */
  listen(topic: string, listener: (payload: string) => void): void
}

export interface MqttOutputOptions {
  /** Topic on which the actuator hears what to do. */
  set: string
  /** Topic on which it says how it stands; without it nothing is confirmed. */
  state?: string | undefined
  on: string
  off: string
}

/** An actuator that is a client of the gateway's own broker. */
export class MqttOutput implements Output {
  readonly #options: MqttOutputOptions
  readonly #bus: ActuatorBus
  #heard: (payload: string) => void = () => {}

  constructor(options: MqttOutputOptions, bus: ActuatorBus) {
    this.#options = options
    this.#bus = bus
    if (options.state !== undefined) bus.listen(options.state, payload => this.#heard(payload))
  }

  set(on: boolean, signal: AbortSignal): Promise<boolean | undefined> {
    const { set, state } = this.#options
    const payload = on ? this.#options.on : this.#options.off
    if (state === undefined) {
      this.#bus.publish(set, payload)
      return Promise.resolve(undefined)
    }
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error(`nothing on ${state} says that it is ${payload}`))
      signal.addEventListener('abort', fail, { once: true })
      this.#heard = said => {
        if (said.trim() !== payload) return
        signal.removeEventListener('abort', fail)
        resolve(on)
      }
      this.#bus.publish(set, payload)
    })
  }

  async stop(): Promise<void> {}
}
