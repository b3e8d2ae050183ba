// The one step before writing: a name.

import { html, nothing } from 'lit'
import { words } from '../../words/words'
import type { Chat } from '../chat'

/** Longest name that may be chosen, in characters. */
const LONGEST = 40

/**
 * Draws the form.
 *
 * @param take told the name
 * @param login told that the person would rather log in
 */
export function drawName(chat: Chat, take: (nick: string) => void, login: () => void) {
  const { nickRefused } = chat.room
  const below = nickRefused ? drawRefusal(nickRefused, take) : drawLogin(chat, login)
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem('nick')
    const nick = field instanceof HTMLInputElement ? field.value.trim() : ''
    if (nick) take(nick)
    else if (field instanceof HTMLInputElement) field.focus()
  }
  return html`<form @submit=${submit}>
    <div class=${nickRefused ? 'field bad' : 'field'} part="field"><input name="nick" maxlength=${LONGEST} autocomplete="nickname" enterkeyhint="go" spellcheck="false" .defaultValue=${nickRefused?.nick ?? ''} placeholder=${words.chooseName()} aria-label=${words.yourName()} aria-invalid=${nickRefused ? 'true' : 'false'} aria-describedby=${below === nothing ? nothing : 'parterre-name-hint'} /><button class="btn" part="button" type="submit">${words.joinIn()}</button></div>
    ${below}
  </form>`
}

function drawRefusal(refused: NonNullable<Chat['room']['nickRefused']>, take: (nick: string) => void) {
  const { free } = refused
  if (refused.why === 'not-allowed') return html`<p class="hint err" id="parterre-name-hint" role="status">${words.nameRefused()}</p>`
  const [before = '', after = ''] = words.nameFree().split('@')
  const offer =
    free === undefined
      ? nothing
      : html` ${before}<button class="linkb" type="button" @click=${() => take(free)}><bdi>${free}</bdi></button>${after}`
  return html`<p class="hint err" id="parterre-name-hint" role="status"><span>${words.nameTaken()}${offer}</span></p>`
}

function drawLogin(chat: Chat, login: () => void) {
  if (!chat.door.canLogin || chat.room.me.account) return nothing
  return html`<p class="hint" id="parterre-name-hint"><span>${words.or()} <button class="linkb" type="button" @click=${login}>${words.orSignIn()}</button></span></p>`
}
