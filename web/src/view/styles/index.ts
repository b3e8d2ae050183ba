// The one sheet of the chat, in its parts.

import { css, unsafeCSS, type CSSResult } from 'lit'
import { composer } from './composer'
import { frame } from './frame'
import { messages } from './messages'
import { motion } from './motion'
import { own } from './own'
import { panels } from './panels'
import { responsive } from './responsive'
import { tokens } from './tokens'

/** Parts render without a shadow root of their own and take no box. */
const parts = css`
:host { display: block; position: relative; height: 100%; min-height: 20em }
:host(:is([mode=page], [mode=embed])) { min-height: 0 }
:host([hidden]) { display: none }
.pc { position: absolute; inset: 0 }
parterre-log, parterre-composer, parterre-header, parterre-menu, parterre-field, parterre-panel, parterre-settings, parterre-emoji { display: contents }
`

/**
 * Makes lengths in rem follow the text size that the reader sets in the chat, and the one that the page does: their unit is
 * `--unit` then. It has to be done here, since rem itself counts in the text size of the page alone.
 */
export function scaled(sheet: CSSResult): CSSResult {
  return unsafeCSS(sheet.cssText.replace(/(?<![\w-])(-?\d*\.?\d+)rem\b/g, 'calc($1 * var(--unit))'))
}

const unit = css`.pc { --unit: calc(var(--rem, 1rem) * var(--scale, 1)) }`

export const styles = [unit, ...[tokens, frame, messages, composer, panels, responsive, motion, parts, own].map(scaled)]
