// What stands where no messages are: nothing yet, or nothing at all.

import { html, svg } from 'lit'
import { words } from '../../words/words'

const sprout = svg`<path d="M6 36h32M22 36V20M22 25c-7 0-11-4-11-11 7 0 11 4 11 11ZM22 20c0-6 3-10 10-11 0 7-4 11-10 11Z"/>`

/** Nobody has said anything. */
export const empty = () =>
  html`<div class="empty over"><svg class="sprout" viewBox="0 0 44 44" aria-hidden="true">${sprout}</svg><b>${words.empty()}</b><span>${words.emptyHint()}</span></div>`

/** What is to come, in the boxes that it will take; the styles show it when it takes long. */
export const skeleton = () =>
  html`<ol class="over waiting" aria-hidden="true">${[2, 1, 2, 1, 1, 2].map(
    (lines, at) => html`<li class="msg"><span class="sk av"></span><div class="body"><span class="sk w${at}"></span>${lines > 1 ? html`<span class="sk half"></span>` : ''}</div></li>`,
  )}</ol>`
