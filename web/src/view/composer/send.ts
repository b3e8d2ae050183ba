// The button that sends. It has its place always; while one has to wait it counts.

import { html } from 'lit'
import { words } from '../../words/words'
import { icon } from '../icons'

const RADIUS = 12
const AROUND = 2 * Math.PI * RADIUS

/**
 * Draws the button.
 *
 * @param ready whether a press would send
 * @param wait seconds until one may
 * @param slow seconds between two messages
 */
export function drawSend(ready: boolean, wait: number, slow: number) {
  if (wait > 0) {
    const share = Math.min(1, wait / Math.max(slow, wait))
    return html`<button class="iconb send wait" part="button" type="submit" aria-label=${words.waitToSend(wait)} aria-disabled="true"><svg viewBox="0 0 28 28" aria-hidden="true"><circle cx="14" cy="14" r=${RADIUS} stroke="var(--line)"/><circle cx="14" cy="14" r=${RADIUS} stroke="var(--accent)" stroke-dasharray="${(AROUND * share).toFixed(1)} ${AROUND.toFixed(1)}"/></svg><span aria-hidden="true">${wait}</span></button>`
  }
  return html`<button class=${ready ? 'iconb send ready' : 'iconb send'} part="button" type="submit" aria-label=${words.send()} title=${words.send()} aria-disabled=${ready ? 'false' : 'true'}>${icon('send')}</button>`
}
