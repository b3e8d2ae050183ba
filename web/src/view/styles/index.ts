// The one sheet of the chat, in its parts.

import { css } from 'lit'
import { composer } from './composer'
import { frame } from './frame'
import { messages } from './messages'
import { motion } from './motion'
import { panels } from './panels'
import { responsive } from './responsive'
import { tokens } from './tokens'

/** Parts render without a shadow root of their own and take no box. */
const parts = css`
:host { display: block; height: 100%; min-height: 12rem }
:host([hidden]) { display: none }
.pc { height: 100% }
parterre-log, parterre-composer { display: contents }
`

export const styles = [tokens, frame, messages, composer, panels, responsive, motion, parts]
