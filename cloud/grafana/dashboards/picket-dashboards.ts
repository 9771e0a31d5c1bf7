import { type Content, lines, table } from './dashboard.ts'
import { CLOUD, CLOUD_PANELS, GATEWAY_PANELS } from './own-series.ts'
import { alarmsOver, asked, oneOf, readings, someOf } from './picket-source.ts'

/** A site: what its devices measure, with the alarms over it. */
const site: Content = {
  uid: 'picket-site',
  tag: 'picket',
  title: 'Picket: site',
  description: 'Readings of a site with its alarms over them',
  from: 'now-24h',
  refresh: '',
  variables: [
    oneOf('site', 'Site', { choices: 'sites' }),
    someOf('device', 'Device', { choices: 'devices', sites: ['$site'] }),
    someOf('quantity', 'Quantity', { choices: 'quantities', sites: ['$site'], devices: ['$device'] }),
  ],
  annotations: [alarmsOver({ sites: ['$site'] })],
  rows: [
    {
      height: 7,
      panels: [
        table(
          'Alarms that are active or wait for an operator',
          [asked('alarms', { sites: ['$site'], state: 'open' })],
          ['id', 'rule', 'site'],
        ),
      ],
    },
    {
      height: 9,
      panels: [
        {
          ...lines('$quantity', [readings(['$device'], ['$quantity'], { sites: ['$site'] })], {
            description: 'Horizontal lines are what rules compare with; a silence is a hole',
          }),
          repeat: 'quantity',
        },
      ],
    },
    {
      height: 9,
      panels: [table('Alarms of this time', [asked('alarms', { sites: ['$site'] })], ['id', 'rule', 'site'])],
    },
  ],
}

/** Gateways: link, outbox, disk. */
const gatewayHealth: Content = {
  uid: 'picket-gateways',
  tag: 'picket',
  title: 'Picket: gateway health',
  description: 'Whether gateways are connected, and what waits in them',
  from: 'now-24h',
  refresh: '',
  variables: [someOf('gateway', 'Gateway', { choices: 'gateways' })],
  annotations: [alarmsOver({ devices: ['$gateway'] })],
  rows: [
    { height: 7, panels: [table('Gateways now', [asked('gateways', { devices: ['$gateway'] })])] },
    ...GATEWAY_PANELS.map(panels => ({
      height: 7,
      panels: panels.map(({ title, unit, quantities }) =>
        lines(title, [readings(['$gateway'], [...quantities])], { unit }),
      ),
    })),
    {
      height: 8,
      panels: [table('Alarms of gateways', [asked('alarms', { devices: ['$gateway'] })], ['id', 'rule'])],
    },
  ],
}

/** Alarm load after ISA-18.2: how many, from where, how long nobody looked. */
const alarmLoad: Content = {
  uid: 'picket-alarm-load',
  tag: 'picket',
  title: 'Picket: alarm load',
  description: 'How many alarms operators are given, from where, and how long they wait',
  from: 'now-7d',
  refresh: '',
  variables: [someOf('site', 'Site', { choices: 'sites' })],
  rows: [
    {
      height: 10,
      panels: [
        // Counted by the cloud from every step of the span: not again with each alarm.
        table('Alarm load by ISA-18.2, all sites', [asked('alarm-load', { by: 'measures', live: false })]),
        lines('Alarms raised, by their highest level', [asked('alarm-load', { sites: ['$site'] })], {
          bars: true,
          description: 'What was only found to have been, from readings that came late, is not counted',
        }),
      ],
    },
    {
      height: 9,
      panels: [
        table('Rules that give the most', [asked('alarm-load', { sites: ['$site'], by: 'rule' })]),
        table('Devices that give the most', [asked('alarm-load', { sites: ['$site'], by: 'device' })]),
        table('Sites', [asked('alarm-load', { sites: ['$site'], by: 'site' })]),
      ],
    },
    {
      height: 8,
      panels: [
        table(
          'Active, or wait for an operator',
          [asked('alarms', { sites: ['$site'], state: 'open' })],
          ['id', 'rule'],
        ),
      ],
    },
    {
      height: 7,
      panels: CLOUD_PANELS.map(({ title, quantity }) => lines(title, [readings([CLOUD], [quantity])])),
    },
  ],
}

/** Through Picket's own data source. */
export const PICKET_DASHBOARDS = [site, gatewayHealth, alarmLoad]
