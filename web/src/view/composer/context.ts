// The line above the field that says what is being answered or edited.

import { html, nothing } from 'lit'
import { safeName } from '../../text/safe'
import { words } from '../../words/words'
import type { Chat } from '../chat'
import { icon } from '../icons'

export function drawContext(chat: Chat, leave: () => void) {
  const { intent } = chat
  if (intent.is === 'new') return nothing
  const reply = intent.is === 'reply'
  const cancel = reply ? words.cancelReply() : words.cancelEdit()
  return html`<div class="ctx">${icon(reply ? 'reply' : 'pencil')}<span>${reply ? drawAnswered(intent.message.author.nick) : words.editing()}</span><button class="iconb" type="button" aria-label=${cancel} title=${cancel} @click=${leave}>${icon('close')}</button></div>`
}

function drawAnswered(nick: string) {
  const [before = '', after = ''] = words.replyingTo().split('@')
  return html`${before}<bdi><b>${safeName(nick)}</b></bdi>${after}`
}
