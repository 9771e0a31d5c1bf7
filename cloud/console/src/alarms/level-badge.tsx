import type { Level } from '../api/shapes.ts'
import { t } from '../text/language.ts'

/** A level as colour and word: never by colour alone. */
export function LevelBadge({ level }: { level: Level }) {
  return <span class={`level level-${level}`}>{t(`level.${level}`)}</span>
}
