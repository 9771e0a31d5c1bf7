import type { TextKey } from '../text/en.ts'
import { t } from '../text/language.ts'

const GOOD = 1
const KNOWN = [1, 2, 3, 4, 9]

/** A quality flag (QARTOD) as shape and word. Good quality is not worth a mark unless asked for `always`. */
export function QualityMark({ flag, always = false }: { flag: number; always?: boolean }) {
  if (flag === GOOD && !always) return null
  const text = KNOWN.includes(flag) ? t(`quality.${flag}` as TextKey) : String(flag)
  return <small class={`quality quality-${flag}`}>{text}</small>
}
