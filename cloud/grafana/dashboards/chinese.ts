import type { Content, Panel } from './dashboard.ts'

const CHINESE: Readonly<Record<string, string>> = {
  'Picket: site': 'Picket：站点',
  'Readings of a site with its alarms over them': '站点的读数及其告警',
  'Alarms that are active or wait for an operator': '未解除或待处理的告警',
  'Horizontal lines are what rules compare with; a silence is a hole': '水平线为规则的阈值；无数据处断开',
  'Alarms of this time': '所选时段的告警',
  'Picket: gateway health': 'Picket：网关运行状况',
  'Whether gateways are connected, and what waits in them': '网关是否在线，以及有多少数据待上传',
  'Gateways now': '网关现状',
  'Alarms of gateways': '网关的告警',
  'Picket: alarm load': 'Picket：告警负荷',
  'How many alarms operators are given, from where, and how long they wait':
    '值班员收到多少告警、来自何处、等待多久',
  'Alarm load by ISA-18.2, all sites': '按 ISA-18.2 统计的告警负荷，全部站点',
  'Alarms raised, by their highest level': '新发告警，按最高级别',
  'What was only found to have been, from readings that came late, is not counted':
    '由迟到读数事后发现的告警不计入',
  'Rules that give the most': '告警最多的规则',
  'Devices that give the most': '告警最多的设备',
  Sites: '站点',
  'Active, or wait for an operator': '未解除或待处理',
  'Picket on InfluxDB: site': 'Picket（InfluxDB）：站点',
  'Readings of a site, straight from InfluxDB': '站点的读数，直接取自 InfluxDB',
  Readings: '读数个数',
  'Worst quality flag (3: suspect)': '最差质量标志（3：可疑）',
  'Picket on InfluxDB: gateway health': 'Picket（InfluxDB）：网关运行状况',
  'What waits in gateways, straight from InfluxDB': '网关中待上传的数据，直接取自 InfluxDB',
  'Picket on InfluxDB: alarm load': 'Picket（InfluxDB）：告警负荷',
  'How many alarms are active, straight from InfluxDB; episodes themselves are with the cloud':
    '未解除的告警数，直接取自 InfluxDB；告警过程本身保存在云端',
  'Active alarms by level': '未解除的告警，按级别',
  'Age of the oldest waiting record': '最早待传记录的滞留时长',
  'Records waiting for the cloud': '待上传记录数',
  'Outbox filled': '待发库占用率',
  'Free disk space': '磁盘剩余空间',
  'Commits refused by the disk, databases set aside': '磁盘拒绝的提交、搁置的数据库',
  'Sources down, identity conflicts': '停止的数据源、身份冲突',
  Reconnections: '重连次数',
  'Messages refused or too fast': '被拒绝或过快的报文',
  'Records dropped or thinned out': '丢弃或抽稀的记录',
  "This month's bytes": '本月流量',
  "Share of the month's bytes used": '本月流量使用率',
  "Machine's clock ahead of the time": '本机时钟超前',
  'Notifications that could not be delivered': '未能送达的通知',
  'Rules that failed': '出错的规则',
  'Alarm steps on which gateway and cloud differ': '网关与云端判断不一致的告警步骤',
  Alarms: '告警',
  Site: '站点',
  Device: '设备',
  Quantity: '测量量',
  Gateway: '网关',
}

/** The same dashboard in Chinese, beside the other. @throws Error where a text is not translated */
export function inChinese(content: Content): Content {
  const { uid, title, description, variables, annotations = [], rows } = content
  return {
    ...content,
    uid: `${uid}-zh`,
    tag: 'picket-zh',
    title: chinese(title),
    description: chinese(description),
    variables: variables.map(one => ({ ...one, label: chinese(one.label) })),
    annotations: annotations.map(one => ({ ...one, name: chinese(one.name) })),
    rows: rows.map(row => ({ ...row, panels: row.panels.map(panelInChinese) })),
  }
}

const panelInChinese = (panel: Panel): Panel => ({
  ...panel,
  title: chinese(panel.title),
  ...(panel.description === undefined ? {} : { description: chinese(panel.description) }),
})

function chinese(text: string): string {
  // A variable: what it stands for comes from the data source.
  if (text.startsWith('$')) return text
  const translated = CHINESE[text]
  if (translated === undefined) throw new Error(`no Chinese for "${text}"`)
  return translated
}
