import type { Field, Frame } from './frame.ts'
import { isAsked, type Names } from './names.ts'
import type { Gateway } from './shapes.ts'
import { type Language, say, type TextKey } from './text.ts'

/** One row for each gateway: its link, and a column for each value of the last status reports. */
export function gatewayTable(
  gateways: readonly Gateway[],
  asked: { refId: string; sites: Names; gateways: Names },
  language: Language,
): Frame {
  const rows = gateways.filter(({ id, site }) => isAsked(asked.gateways, id) && isAsked(asked.sites, site))
  const column = (
    name: string,
    key: TextKey,
    type: Field['type'],
    value: (gateway: Gateway) => string | number | boolean | null,
  ): Field => ({ name, type, values: rows.map(value), config: { displayName: say(key, language) } })
  const quantities = [...new Set(rows.flatMap(({ status }) => Object.keys(status)))].sort()
  return {
    refId: asked.refId,
    name: 'gateways',
    fields: [
      column('gateway', 'gateway', 'string', gateway => gateway.id),
      column('site', 'site', 'string', gateway => gateway.site),
      column('connected', 'connected', 'boolean', gateway => gateway.connected),
      column('lastSeen', 'lastSeen', 'time', gateway => gateway.lastSeen),
      column('conflict', 'conflict', 'boolean', gateway => gateway.conflict),
      ...quantities.map(quantity => ({
        name: quantity,
        type: 'number' as const,
        values: rows.map(({ status }) =>
          Object.hasOwn(status, quantity) ? (status[quantity] ?? null) : null,
        ),
        config: {},
      })),
    ],
    meta: { preferredVisualisationType: 'table' },
  }
}
