import { MAX_NAME_LENGTH } from '../reading.ts'

/**
 * A name of the wire as id of a device or name of a quantity: what may stand in none (slashes, control characters,
 * MQTT's wildcards) becomes a dot inside and falls away at the ends; cut at the longest name. Empty where
 * nothing is left.
 */
export function wireName(text: string): string {
  return text
    .slice(0, 2 * MAX_NAME_LENGTH)
    .replace(/[\p{Cc}\p{Cs}/+#]+/gu, '.')
    .replace(/^[\s.:]+/u, '')
    .slice(0, MAX_NAME_LENGTH)
    .replace(/[\s.:\p{Cs}]+$/u, '')
}

const OWN_TOPIC = /^sensors\/([^/]+)(?:\/|$)/

/**
 * Who speaks, for protocols whose messages do not say it: the device of a topic `sensors/{device}/...`, or else
 * the whole topic as a name.
 */
export const speakerOf = (topic: string): string => wireName(OWN_TOPIC.exec(topic)?.[1] ?? topic) || 'unnamed'
