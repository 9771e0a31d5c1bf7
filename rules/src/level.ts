/** China's four warning colours, the mildest first; CAP severity Minor, Moderate, Severe, Extreme. */
export const LEVELS = ['blue', 'yellow', 'orange', 'red'] as const
export type Level = (typeof LEVELS)[number]

/** 0 for blue to 3 for red. */
export const rankOf = (level: Level): number => LEVELS.indexOf(level)
