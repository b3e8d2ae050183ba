// Somebody in a list: their picture or letter, their name in its colour, and what they are.

import { html, nothing } from 'lit'
import { ref } from 'lit/directives/ref.js'
import type { Author } from '../../room/types'
import { safeName } from '../../text/safe'
import { moderatingWords as words } from '../../words/moderating'
import type { Chat } from '../chat'
import { icon } from '../icons'
import { face } from '../log/row'

/** A picture that can't be had gives way to the letter. */
const fallback = {
  capture: true,
  handleEvent: ({ target }: Event): void => {
    if (target instanceof HTMLImageElement) target.remove()
  },
}

/** A row that opens the person. */
export function personRow(chat: Chat, one: Author, open: () => void, muted = false) {
  return html`<button class="person" type="button" @click=${open}>${who(chat, one)}${muted ? html`<span class="meta">${words.isMuted()}</span>` : nothing}</button>`
}

/** The picture, and the name with its badge, as they stand beside messages. */
export function who({ palette, preferences }: Chat, one: Author) {
  const host = one.affiliation === 'owner'
  const moderator = !host && (one.role === 'moderator' || one.affiliation === 'admin')
  const painted = ref((element) => element instanceof HTMLElement && palette.paint(element, one.nick))
  const shown = preferences.dataSaver ? { nick: one.nick, avatar: undefined } : one
  return html`<span class="av" aria-hidden="true" @error=${fallback} ${painted}>${face(shown)}</span><span class="nm" ${painted}><span class=${host ? 'who is-host' : 'who'}><bdi class="name">${safeName(one.nick)}</bdi>${host ? html`<span class="vh"> (${words.host()})</span>` : nothing}${
    moderator ? html`<span class="badge" title=${words.moderator()}>${icon('shield')}<span class="vh">${words.moderator()}</span></span>` : nothing
  }</span></span>`
}
