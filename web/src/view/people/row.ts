// Somebody in a list: their picture or letter, their name in its colour, and what they are.

import { html, nothing } from 'lit'
import type { Author } from '../../room/types'
import { moderatingWords as words } from '../../words/moderating'
import { icon } from '../icons'

/** A row that opens the person. */
export function personRow(one: Author, open: () => void, muted = false) {
  return html`<button class="person" type="button" @click=${open}>${who(one)}${muted ? html`<span class="meta">${words.isMuted()}</span>` : nothing}</button>`
}

/** The name with its badge, as it stands beside messages. */
export function who(one: Author) {
  const host = one.affiliation === 'owner'
  const moderator = !host && (one.role === 'moderator' || one.affiliation === 'admin')
  return html`<span class="nm"><span class=${host ? 'who is-host' : 'who'}><bdi class="name">${one.nick}</bdi>${host ? html`<span class="vh"> (${words.host()})</span>` : nothing}${
    moderator ? html`<span class="badge" title=${words.moderator()}>${icon('shield')}<span class="vh">${words.moderator()}</span></span>` : nothing
  }</span></span>`
}
