// The page's own colours, made fit to be read: which theme they belong to, and how far each has to be moved (WCAG 2.2).
//
// Enters: a frame with the page's colours on it. Leaves: the same frame, with what was given badly set anew.

export type Rgb = readonly [number, number, number]

/** WCAG 2.2 AA for text. */
const ENOUGH = 4.5

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

/**
 * Says by the ground which theme it is, and moves what can't be read.
 *
 * @param given what the page gives under a name
 */
export function correct(frame: HTMLElement, given: (name: string) => string): void {
  const paint = new Paint(frame)
  const set = (token: string, value: string): void => frame.style.setProperty(`--${token}`, value)
  if (given('--parterre-ground')) frame.dataset['theme'] = isDark(paint.read('var(--ground)')) ? 'dark' : 'light'
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
  if (given('--parterre-on-accent') === '' || contrast(paint.read('var(--on-accent)'), paint.read('var(--accent)')) < ENOUGH) {
    set('on-accent', isDark(paint.read('var(--accent)')) ? '#ffffff' : '#000000')
  }
  paint.done()
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
