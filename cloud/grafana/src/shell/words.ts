import { config } from '@grafana/runtime'
import { type Language, languageOf } from '../picket/text.ts'

/** The language of whoever looks; Grafana has `language` from 10 on. */
export function language(): Language {
  const user = config.bootData?.user as { language?: string; locale?: string } | undefined
  return languageOf(user?.language || user?.locale)
}

const CHINESE = {
  Show: '显示',
  Readings: '读数',
  Alarms: '告警',
  'Alarms as annotations': '告警（作为注释）',
  'Alarm load': '告警负荷',
  Gateways: '网关',
  any: '任意',
  active: '未解除',
  'active, or waits for an operator': '未解除或待处理',
  over: '已结束',
  'by the measures of ISA-18.2': '按 ISA-18.2 指标',
  'over time, by level': '随时间，按级别',
  'by rule': '按规则',
  'by device': '按设备',
  'by site': '按站点',
  Live: '实时',
  'Follows what happens where the time range ends now': '时间范围到当前为止时，随数据更新',
  Sites: '站点',
  'All sites where none is chosen': '不选即为全部站点',
  Devices: '设备',
  'All devices where none is chosen': '不选即为全部设备',
  "All where none is chosen; a gateway's own series are asked for by its id":
    '不选即为全部；网关自身的序列以其标识查询',
  Quantities: '测量量',
  'All that the devices measure where none is chosen': '不选即为设备测量的全部',
  Resolution: '分辨率',
  'auto: about 1,000 points; raw: every reading; panel: as many points as the panel is wide; or a duration such as 10m':
    'auto：约 1000 点；raw：每个读数；panel：与面板宽度同样多的点；或时长，如 10m',
  Band: '范围带',
  'The least and the greatest of each bucket, too': '同时显示每段的最小值和最大值',
  Level: '级别',
  blue: '蓝色',
  yellow: '黄色',
  orange: '橙色',
  red: '红色',
  State: '状态',
  Count: '统计',
  List: '列出',
  all: '全部',
  Cloud: '云端',
  "Address of the Picket cloud as Grafana's server reaches it; https where it is another machine":
    'Grafana 服务器访问 Picket 云端的地址；不在同一台机器时用 https',
  Token: '令牌',
  "A viewer's token (picket-cloud user grafana --token); Grafana keeps it, browsers never see it":
    '只读用户的令牌（picket-cloud user grafana --token）；由 Grafana 保存，浏览器看不到',
} as const

/** A text of the editors, by what it is in English. */
export type Word = keyof typeof CHINESE

export const inWords = (text: Word): string => (language() === 'zh' ? CHINESE[text] : text)
