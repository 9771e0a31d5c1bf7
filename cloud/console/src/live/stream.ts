import { signal } from '@preact/signals'
import { EVENTS_URL } from '../api/client.ts'
import type { LiveEvent } from '../api/shapes.ts'
import { EVENT_NAMES, readEvent } from './event.ts'

/** Whether what is on the screen follows the cloud. */
export const link = signal<'live' | 'reconnecting'>('reconnecting')

const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 15_000

interface StreamListener {
  /** The stream is open, for the first time or again: what was missed has to be fetched. */
  opened(): void
  /** The cloud refused the stream; perhaps the session is over. */
  refused(): void
  event(event: LiveEvent): void
}

/** Follows the cloud's live stream until the returned function is called. */
export function followStream(listener: StreamListener): () => void {
  let source: EventSource
  let timer: ReturnType<typeof setTimeout> | undefined
  let retryMs = FIRST_RETRY_MS

  const take = (message: MessageEvent<string>): void => {
    const event = readEvent(message.type, message.data)
    if (event) listener.event(event)
  }

  const connect = (): void => {
    source = new EventSource(EVENTS_URL)
    source.onopen = () => {
      retryMs = FIRST_RETRY_MS
      link.value = 'live'
      listener.opened()
    }
    source.onerror = () => {
      link.value = 'reconnecting'
      // A broken connection is mended by the browser; an answer other than 200 ends the source (HTML, 9.2.3).
      if (source.readyState !== EventSource.CLOSED) return
      listener.refused()
      timer = setTimeout(connect, retryMs)
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2)
    }
    for (const name of EVENT_NAMES) source.addEventListener(name, take)
  }

  connect()
  return () => {
    clearTimeout(timer)
    source.close()
    link.value = 'reconnecting'
  }
}
