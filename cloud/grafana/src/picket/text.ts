import type { BilingualText } from './shapes.ts'

export type Language = 'en' | 'zh'

/** The language of whoever looks, from Grafana's own setting, such as `zh-Hans`. */
export const languageOf = (locale: string | undefined): Language => (locale?.startsWith('zh') ? 'zh' : 'en')

const TEXTS = {
  time: ['Time', '时间'],
  onset: ['Onset', '起始'],
  cleared: ['Cleared', '解除'],
  level: ['Level', '级别'],
  highest: ['Highest level', '最高级别'],
  state: ['State', '状态'],
  alarm: ['Alarm', '告警'],
  message: ['Message', '内容'],
  device: ['Device', '设备'],
  site: ['Site', '站点'],
  rule: ['Rule', '规则'],
  acknowledged: ['Acknowledged', '确认时间'],
  acknowledgedBy: ['Acknowledged by', '确认人'],
  gateway: ['Gateway', '网关'],
  connected: ['Connected', '在线'],
  lastSeen: ['Last seen', '最近在线'],
  conflict: ['Identity conflict', '身份冲突'],
  count: ['Alarms', '告警数'],
  activeMs: ['Time active', '持续时长'],
  toAcknowledge: ['Mean time to acknowledge', '平均确认时长'],
  least: ['least', '最小'],
  greatest: ['greatest', '最大'],
  'load.measure': ['For one operator', '每名值班员'],
  'load.is': ['Is', '实际'],
  'load.atMost': ['At most', '上限'],
  'load.perDay': ['Alarms a day', '每日报警数'],
  'load.perHour': ['Alarms an hour', '每小时报警数'],
  'load.overloaded': ['Ten minutes with more than ten, %', '十分钟内超过十条的时段（%）'],
  'load.flood': ['Time in flood, %', '报警泛滥时间占比（%）'],
  'load.worst': ['Share of the ten most frequent, %', '最频繁十种报警占比（%）'],
  'load.chattering': ['Chattering alarms', '抖动报警'],
  'load.fleeting': ['Fleeting alarms', '瞬时报警'],
  'load.stale': ['Standing for over a day, at a time', '同时持续超过一天的报警'],
  'state.unacknowledged': ['unacknowledged', '未确认'],
  'state.acknowledged': ['acknowledged', '已确认'],
  'state.returned-unacknowledged': ['over, unacknowledged', '已恢复未确认'],
  'state.latched': ['over, waits for a reset', '锁存待复位'],
  'state.normal': ['over', '已结束'],
} as const

export type TextKey = keyof typeof TEXTS

export const say = (key: TextKey, language: Language): string => TEXTS[key][language === 'zh' ? 1 : 0]

/** A name in a language, or an id where there is none. */
export const nameIn = (language: Language, name: BilingualText | null, id: string): string =>
  name?.[language] || id

/** Whose the token is, and whether it may do more than it has to. */
export function dataSourceWorks(
  { version, name, role }: { version: string; name: string; role: string },
  language: Language,
): string {
  const isMore = role === 'admin'
  if (language === 'zh')
    return `Picket ${version} 应答正常；令牌属于 ${name}。${isMore ? '它可以改动云端：用只读用户的令牌即可。' : ''}`
  const advice = isMore ? " It may change things there: a viewer's token would do." : ''
  return `Picket ${version} answers; the token is that of ${name}.${advice}`
}

/** What a panel does not show. */
export const LEFT_OUT: Record<
  Language,
  {
    alarms(most: number): string
    series(most: number, asked: number): string
    readings(titles: string): string
  }
> = {
  en: {
    alarms: most => `more than ${most} alarms: the earliest are left out`,
    series: (most, asked) => `the first ${most} of ${asked} series are shown`,
    readings: titles => `${titles}: too many readings for this span; the later are left out`,
  },
  zh: {
    alarms: most => `告警超过 ${most} 条：最早的未显示`,
    series: (most, asked) => `共 ${asked} 个序列，仅显示前 ${most} 个`,
    readings: titles => `${titles}：该时段读数过多，后面的未显示`,
  },
}
