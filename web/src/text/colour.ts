// The colours of names (XEP-0392): the hue is the name's, and the same in other clients; the lightness is the theme's, so
// that all names can be read.
//
// Enters: a name, and the surfaces it lies on where the page sets them. Leaves: colours, set as custom properties of an
// element by script: the attribute `style` is what a strict page refuses.

import { hex, hsluv, lightnessOf } from './hsluv'
import { sha1 } from './sha1'

/** Hue of a name in degrees: XEP-0392 §5.1. */
export function hueOf(name: string): number {
  const [first] = sha1(name)
  // The first two bytes, the lower one first.
  return ((((first >>> 16) & 0xff) << 8) | (first >>> 24)) * (360 / 65_536)
}

/** What is set on an element: name on light and dark; ground and letter of the drawn avatar on light and dark. */
export const PROPERTIES = ['--nl', '--nd', '--bl', '--fl', '--bd', '--fd'] as const

type Colours = readonly [string, string, string, string, string, string]

/** Most names whose colours are kept; those that were asked for longest ago go first. */
const MOST_KEPT = 1_000
const LIGHT = 43
const DARK = 72
/** A little above the 4.5 of WCAG 2.2: it pays for rounding to 8 bits. */
const CONTRAST = 4.6

/**
 * Lightness of names over surfaces of those luminances (0 to 1), so that the contrast is kept on each.
 * Nothing where no lightness does.
 */
export function lightnessOn(luminances: readonly number[], dark: boolean): number | undefined {
  const lightness = dark
    ? Math.max(DARK, lightnessOf(CONTRAST * (Math.max(...luminances) + 0.05) - 0.05))
    : Math.min(LIGHT, lightnessOf((Math.min(...luminances) + 0.05) / CONTRAST - 0.05))
  return lightness >= 0 && lightness <= 100 ? lightness : undefined
}

/** The colours of names over one set of surfaces. */
export class Palette {
  readonly #kept = new Map<string, Colours>()
  readonly #light: string | number
  readonly #dark: string | number

  /** @param luminances of the surfaces that names lie on (ground, hover, mention, editing); none: the two themes' own */
  constructor(luminances: readonly number[] = []) {
    const own = luminances.length > 0
    // Where no lightness is enough, names are written like all else.
    this.#light = own ? (lightnessOn(luminances, false) ?? 'var(--ink)') : LIGHT
    this.#dark = own ? (lightnessOn(luminances, true) ?? 'var(--ink)') : DARK
  }

  of(name: string): Colours {
    const kept = this.#kept.get(name)
    if (kept) return kept
    const hue = hueOf(name)
    const text = (lightness: string | number, saturation: number): string =>
      typeof lightness === 'string' ? lightness : hex(hsluv(hue, saturation, lightness))
    const colours: Colours = [
      text(this.#light, 72),
      text(this.#dark, 68),
      hex(hsluv(hue, 55, 89, 17)),
      hex(hsluv(hue, 75, 34)),
      hex(hsluv(hue, 40, 28, 24)),
      hex(hsluv(hue, 60, 84)),
    ]
    this.#kept.set(name, colours)
    for (const first of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break
      this.#kept.delete(first)
    }
    return colours
  }

  /** Colours an element, and what inherits from it, by a name. */
  paint(element: HTMLElement, name: string): void {
    const colours = this.of(name)
    for (const [at, property] of PROPERTIES.entries()) element.style.setProperty(property, colours[at] ?? '')
  }
}

/** The palette of the two themes. */
export const standard = /* @__PURE__ */ new Palette()

const LETTER = /[\p{L}\p{N}]\p{M}{0,2}/u

/** The letter of a drawn avatar: the first letter or digit of a name, or what it begins with. */
export function initial(name: string): string {
  const letter = LETTER.exec(name)?.[0] ?? [...name][0] ?? ''
  const upper = letter.toUpperCase()
  return [...upper].length > 1 && [...letter].length === 1 ? letter : upper
}
