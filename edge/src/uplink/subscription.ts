import type { ISubscriptionGrant } from 'mqtt'

/** Whether a broker refuses one of the topics: MQTT 3.1.1, section 3.9.3. */
export const isRefused = (granted: readonly ISubscriptionGrant[]): boolean =>
  granted.some(({ qos }) => Number(qos) === 0x80)
