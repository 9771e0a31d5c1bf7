/** China's four warning colours, the mildest first. */
export const LEVELS = ['blue', 'yellow', 'orange', 'red'] as const

/** The name that Grafana has for the colour of a level. */
export const colorOf = (level: string): string =>
  (LEVELS as readonly string[]).includes(level) ? level : 'gray'
