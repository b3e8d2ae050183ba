// Light, dark, or the page's own colours.
//
// Enters: what the reader wants, what the page says, what the device says. Leaves: which theme is drawn, and colours
// set on the frame where the page gives some. Colours that the page gives badly are moved until they can be read.

import type { Preferences } from '../preferences'

export type Rgb = readonly [number, number, number]

/** What a page may set, and the token that it feeds. */
const OWN = { ground: '--parterre-ground', ink: '--parterre-ink', accent: '--parterre-accent', 'on-accent': '--parterre-on-accent' } as const
/** WCAG 2.2 AA for text. */
const ENOUGH = 4.5

/**
 * Which theme is meant.
 *
 * @param wish what the reader has set
 * @param attribute what the page says: `light`, `dark`, `auto`; anything else lets the page's colours through
 */
export function meant(wish: Preferences['theme'], attribute: string): 'light' | 'dark' | 'auto' | 'host' {
  if (wish !== 'auto') return wish
  return attribute === 'light' || attribute === 'dark' || attribute === 'auto' ? attribute : 'host'
}

/** Relative luminance (WCAG 2.2). */
export function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** From 1 to 21 (WCAG 2.2). */
export function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

/** Whether light text reads better on it than dark text. */
export const isDark = (ground: Rgb): boolean => luminance(ground) < 0.179

/**
 * By how much a colour has to be moved towards the ink to be read on all of those grounds; 0 to 1.
 *
 * @param mixed the colour, that much moved
 */
export function moved(mixed: (share: number) => Rgb, grounds: readonly Rgb[]): number {
  for (let share = 0; share < 1; share += 0.1) {
    const colour = mixed(share)
    if (grounds.every((ground) => contrast(colour, ground) >= ENOUGH)) return share
  }
  return 1
}

/** Dresses a frame. Gives whether it is dark, so that what depends on it can follow. */
export function dress(frame: HTMLElement, host: HTMLElement, wish: ReturnType<typeof meant>): boolean {
  for (const token of [...Object.keys(OWN), 'ink3', 'font', 'r-m', 'rem']) frame.style.removeProperty(`--${token}`)
  const page = getComputedStyle(host)
  const given = (name: string): string => page.getPropertyValue(name).trim()
  const set = (token: string, value: string): void => {
    if (value) frame.style.setProperty(`--${token}`, value)
  }
  set('font', given('--parterre-font'))
  set('rem', given('--parterre-size'))
  set('radius', given('--parterre-radius'))
  const own = wish === 'host' && (given(OWN.ground) !== '' || given(OWN.ink) !== '' || given(OWN.accent) !== '')
  frame.toggleAttribute('data-own', own)
  const system = matchMedia('(prefers-color-scheme: dark)').matches
  if (!own) {
    const dark = wish === 'dark' || (wish !== 'light' && system)
    frame.dataset['theme'] = dark ? 'dark' : 'light'
    return dark
  }
  const paint = new Paint(frame)
  const ground = given(OWN.ground)
  const dark = ground ? isDark(paint.read(ground)) : system
  frame.dataset['theme'] = dark ? 'dark' : 'light'
  for (const [token, name] of Object.entries(OWN)) set(token, given(name))
  correct(paint, set, given)
  paint.done()
  return dark
}

/** Moves what can't be read. */
function correct(paint: Paint, set: (token: string, value: string) => void, given: (name: string) => string): void {
  const surfaces = ['ground', 'sunk', 'raised', 'accent-tint', 'foot-tint'].map((token) => paint.read(`var(--${token})`))
  const ground = surfaces[0] ?? [0, 0, 0]
  const ink = paint.read('var(--ink)')
  // An ink that can't be read on the ground is none: the opposite of the ground takes its place.
  if (contrast(ink, ground) < ENOUGH) set('ink', isDark(ground) ? '#ffffff' : '#000000')
  for (const token of ['ink3', 'accent']) {
    const start = paint.text(`var(--${token})`)
    const mix = (share: number): string => `color-mix(in oklab, var(--ink) ${String(Math.round(share * 100))}%, ${start})`
    const share = moved((part) => paint.read(mix(part)), surfaces)
    if (share > 0) set(token, paint.text(mix(share)))
  }
  if (given(OWN['on-accent']) === '' || contrast(paint.read('var(--on-accent)'), paint.read('var(--accent)')) < ENOUGH) {
    set('on-accent', isDark(paint.read('var(--accent)')) ? '#ffffff' : '#000000')
  }
}

/** Reads colours as the browser paints them, whatever way they are written. */
class Paint {
  readonly #probe = document.createElement('i')
  readonly #canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })

  constructor(frame: HTMLElement) {
    this.#probe.hidden = true
    frame.append(this.#probe)
  }

  /** The colour without variables. */
  text(colour: string): string {
    this.#probe.style.color = ''
    this.#probe.style.color = colour
    return getComputedStyle(this.#probe).color
  }

  read(colour: string): Rgb {
    const canvas = this.#canvas
    if (!canvas) return [0, 0, 0]
    canvas.fillStyle = this.text(colour)
    canvas.fillRect(0, 0, 1, 1)
    const [r = 0, g = 0, b = 0] = canvas.getImageData(0, 0, 1, 1).data
    return [r, g, b]
  }

  done(): void {
    this.#probe.remove()
  }
}
