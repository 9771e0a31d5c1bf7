import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { now } from '../live/now.ts'
import { language } from '../text/language.ts'
import { newPicture, type Picture, type Scene } from './picture.ts'
import { readTheme } from './theme.ts'
import type { TimeView } from './time-view.ts'

const SLIDE_MS = 5000

/** What a chart shows, and whom it tells when a person wants to see something else. */
export interface PictureUser {
  view: TimeView
  onZoom(from: number, to: number): void
  onReset(): void
}

/** Keeps the picture in step with its scene, its size, the colour scheme and the language. */
export function usePicture(scene: Omit<Scene, 'theme'>, props: PictureUser, pointed: Signal<number | null>) {
  const place = useRef<HTMLDivElement>(null)
  const picture = useRef<Picture | undefined>(undefined)
  const latest = useRef({ scene, props })
  latest.current = { scene, props }
  const theme = useSignal(0)
  const shownLanguage = language.value

  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const repaint = (): void => {
      theme.value++
    }
    dark.addEventListener('change', repaint)
    return () => dark.removeEventListener('change', repaint)
  }, [])

  useEffect(() => {
    const element = place.current as HTMLDivElement
    const colours = readTheme(element)
    const drawn = newPicture(
      element,
      { ...latest.current.scene, theme: colours },
      {
        pointed: index => {
          pointed.value = index
        },
        zoomed: (from, to) => latest.current.props.onZoom(from, to),
        reset: () => latest.current.props.onReset(),
      },
    )
    picture.current = drawn
    const observer = new ResizeObserver(() => drawn.resize(element.clientWidth, element.clientHeight))
    observer.observe(element)
    return () => {
      observer.disconnect()
      drawn.remove()
      picture.current = undefined
    }
  }, [theme.value, shownLanguage])

  // A live view slides even while nothing comes.
  const slide = props.view.kind === 'live' ? Math.floor(now.value / SLIDE_MS) : 0
  useEffect(() => {
    const element = place.current as HTMLDivElement
    picture.current?.show({ ...latest.current.scene, theme: readTheme(element) })
  }, [scene.columns, scene.episodes, props.view, slide])

  const onKeyDown = (event: KeyboardEvent): void => {
    const [times, values] = latest.current.scene.columns
    const next = keyTarget(event.key, pointed.value, times.length)
    if (event.key === 'Escape') latest.current.props.onReset()
    if (next === undefined) return
    event.preventDefault()
    const direction = event.key === 'ArrowLeft' || event.key === 'End' ? -1 : 1
    let index = next
    while (values[index] === null) index += direction
    picture.current?.point(index)
  }
  const onPointerMove = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') picture.current?.pointAt(event.clientX)
  }
  return { place, onKeyDown, onPointerMove }
}

function keyTarget(key: string, index: number | null, count: number): number | undefined {
  if (count === 0) return undefined
  if (key === 'ArrowLeft') return Math.max(0, (index ?? count) - 1)
  if (key === 'ArrowRight') return Math.min(count - 1, (index ?? -1) + 1)
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : undefined
}
