import type { Level } from '../api/shapes.ts'

/** The colours and the font of the page, as the canvas needs them. */
export interface ChartTheme {
  text: string
  grid: string
  line: string
  band: string
  surface: string
  suspect: string
  fail: string
  levels: Record<Level, string>
  font: string
}

/** Reads the theme from the page's style sheet at an element. */
export function readTheme(element: HTMLElement): ChartTheme {
  const style = getComputedStyle(element)
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return {
    text: colour('text-soft'),
    grid: colour('line-soft'),
    line: colour('curve'),
    band: colour('curve-band'),
    surface: colour('surface'),
    suspect: colour('suspect'),
    fail: colour('fail'),
    levels: {
      red: colour('red-line'),
      orange: colour('orange-line'),
      yellow: colour('yellow-line'),
      blue: colour('blue-line'),
    },
    font: `12px ${style.fontFamily}`,
  }
}
