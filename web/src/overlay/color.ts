// The colour of a name over a video: the hue is the same as in the chat, and the lightness alone decides how well it stands
// out from its dark outline.

import type { Author } from '../room/types'
import { hueOf } from '../text/colour'
import { hex, hsluv } from '../text/hsluv'

/** Saturation and lightness, in HSLuv's percent. */
const SATURATION = 75
const LIGHTNESS = 80
/** Who hosts is amber, as in the chat. */
const HOST = '#f4cc6c'
/** Names whose colour is remembered. */
const MOST_NAMES = 500

const colors = new Map<string, string>()

export function nameColor({ nick, affiliation }: Pick<Author, 'nick' | 'affiliation'>): string {
  if (affiliation === 'owner') return HOST
  const known = colors.get(nick)
  if (known !== undefined) return known
  const made = hex(hsluv(hueOf(nick), SATURATION, LIGHTNESS))
  if (colors.size >= MOST_NAMES) colors.clear()
  colors.set(nick, made)
  return made
}
