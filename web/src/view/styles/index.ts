// What the chat wears from the start. Popups, panels and moderating bring sheets of their own when they are first opened.

import { css } from 'lit'
import { composer } from './composer'
import { forced } from './forced'
import { frame } from './frame'
import { messages } from './messages'
import { motion } from './motion'
import { own } from './own'
import { responsive } from './responsive'
import { scaled } from './sheet'
import { tokens } from './tokens'

/** Parts render without a shadow root of their own and take no box. */
const parts = css`
:host { display: block; position: relative; height: 100%; min-height: 20em }
:host(:is([mode=page], [mode=embed])) { min-height: 0 }
:host([hidden]) { display: none }
.pc { position: absolute; inset: 0 }
parterre-log, parterre-composer, parterre-header, parterre-field, parterre-panel { display: contents }
`

const unit = css`.pc { --unit: calc(var(--rem, 1rem) * var(--scale, 1)) }`

export const styles = [unit, ...[tokens, frame, messages, composer, responsive, motion, parts, own, forced].map(scaled)]
