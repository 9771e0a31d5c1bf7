import { type Content, lines } from './dashboard.ts'
import { readings, tagIs, tagValues } from './influx-source.ts'
import { CLOUD, CLOUD_PANELS, GATEWAY_PANELS } from './own-series.ts'

const chosen = [tagIs('site', '$site'), tagIs('device', '$device'), tagIs('quantity', '$quantity')]
const oneOf = (quantities: readonly string[]): string => tagIs('quantity', `(${quantities.join('|')})`)

const ofCloud = (quantity: string) =>
  readings({
    of: 'max("value")',
    where: [tagIs('device', CLOUD), tagIs('quantity', quantity)],
    by: ['quantity'],
  })

const site: Content = {
  uid: 'picket-influx-site',
  tag: 'picket',
  title: 'Picket on InfluxDB: site',
  description: 'Readings of a site, straight from InfluxDB',
  from: 'now-24h',
  refresh: '1m',
  variables: [
    tagValues('site', 'Site', 'site'),
    tagValues('device', 'Device', 'device', [tagIs('site', '$site')]),
    tagValues('quantity', 'Quantity', 'quantity', [tagIs('site', '$site')]),
  ],
  rows: [
    {
      height: 9,
      panels: [{ ...lines('$quantity', [readings({ where: chosen, by: ['device'] })]), repeat: 'quantity' }],
    },
    {
      height: 7,
      panels: [
        lines('Readings', [readings({ of: 'count("value")', where: chosen, by: ['device'] })], {
          bars: true,
        }),
        lines('Worst quality flag (3: suspect)', [
          readings({ of: 'max("quality")', where: chosen, by: ['device'] }),
        ]),
      ],
    },
  ],
}

const gatewayHealth: Content = {
  uid: 'picket-influx-gateways',
  tag: 'picket',
  title: 'Picket on InfluxDB: gateway health',
  description: 'What waits in gateways, straight from InfluxDB',
  from: 'now-24h',
  refresh: '1m',
  variables: [tagValues('gateway', 'Gateway', 'device', [tagIs('model', 'gateway')])],
  rows: GATEWAY_PANELS.map(panels => ({
    height: 7,
    panels: panels.map(({ title, unit, quantities }) =>
      lines(
        title,
        [
          readings({
            of: 'max("value")',
            where: [tagIs('device', '$gateway'), oneOf(quantities)],
            by: ['device', 'quantity'],
          }),
        ],
        { unit },
      ),
    ),
  })),
}

const alarmLoad: Content = {
  uid: 'picket-influx-alarm-load',
  tag: 'picket',
  title: 'Picket on InfluxDB: alarm load',
  description: 'How many alarms are active, straight from InfluxDB; episodes themselves are with the cloud',
  from: 'now-7d',
  refresh: '1m',
  variables: [],
  rows: [
    {
      height: 10,
      panels: [lines('Active alarms by level', [ofCloud('alarms_active_.*')], { bars: true })],
    },
    {
      height: 8,
      panels: CLOUD_PANELS.map(({ title, quantity }) => lines(title, [ofCloud(quantity)])),
    },
  ],
}

/** Straight on InfluxDB. */
export const INFLUX_DASHBOARDS = [site, gatewayHealth, alarmLoad]
