// Light, dark, or the page's own colours.
//
// Enters: what the reader wants, what the page says, what the device says. Leaves: which theme is drawn, and colours
// set on the frame where the page gives some. What makes those fit to be read loads where there are any.

import { attempt } from '../attempt'
import type { Preferences } from '../preferences'
import type * as OwnColours from './own-colours'

/** What a page may set, and the token that it feeds. */
const OWN = { ground: '--parterre-ground', ink: '--parterre-ink', accent: '--parterre-accent', 'on-accent': '--parterre-on-accent' } as const

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

let own: typeof OwnColours | undefined

/** Dresses a frame. */
export function dress(frame: HTMLElement, host: HTMLElement, wish: ReturnType<typeof meant>): void {
  for (const token of [...Object.keys(OWN), 'ink3', 'font', 'r-m', 'rem']) frame.style.removeProperty(`--${token}`)
  const page = getComputedStyle(host)
  const given = (name: string): string => page.getPropertyValue(name).trim()
  const set = (token: string, value: string): void => {
    if (value) frame.style.setProperty(`--${token}`, value)
  }
  set('font', given('--parterre-font'))
  set('rem', given('--parterre-size'))
  set('radius', given('--parterre-radius'))
  const isOwn = wish === 'host' && (given(OWN.ground) !== '' || given(OWN.ink) !== '' || given(OWN.accent) !== '')
  frame.toggleAttribute('data-own', isOwn)
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  frame.dataset['theme'] = wish === 'dark' || (wish !== 'light' && dark) ? 'dark' : 'light'
  if (!isOwn) return
  for (const [token, name] of Object.entries(OWN)) set(token, given(name))
  if (own) own.correct(frame, given)
  else void firstCorrect(frame, given)
}

/** Nothing is seen of colours that may not go together. */
async function firstCorrect(frame: HTMLElement, given: (name: string) => string): Promise<void> {
  frame.style.visibility = 'hidden'
  try {
    own = await attempt(() => import('./own-colours'), [])
    if (own && frame.hasAttribute('data-own')) own.correct(frame, given)
  } finally {
    frame.style.visibility = ''
  }
}
