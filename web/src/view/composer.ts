// Where one writes, or first takes a name.

import { html } from 'lit'
import { Changed } from '../room/room'
import { words } from '../words/words'
import { INTENT, PREFERENCES } from './chat'
import { Part, define } from './part'

export class Composer extends Part {
  protected readonly concerns = Changed.state | INTENT | PREFERENCES

  protected override render() {
    const { room } = this.chat
    if (room.me.anonymous) {
      return html`<form class="foot" part="composer" @submit=${this.#choose}>
        <div class="field"><input name="nick" maxlength="64" autocomplete="nickname" placeholder=${words.chooseName()} aria-label=${words.chooseName()} /><button class="btn" part="button">${words.joinIn()}</button></div>
      </form>`
    }
    return html`<form class="foot" part="composer" @submit=${this.#send}>
      <div class="field"><textarea name="text" rows="1" placeholder=${words.writeAs(room.me.nick)} aria-label=${words.message()}></textarea><button class="btn" part="button">${words.send()}</button></div>
    </form>`
  }

  readonly #choose = (event: SubmitEvent): void => {
    event.preventDefault()
    const nick = this.querySelector('input')?.value.trim() ?? ''
    if (nick) this.chat.room.takeNick(nick)
  }

  readonly #send = (event: SubmitEvent): void => {
    event.preventDefault()
    const field = this.querySelector('textarea')
    if (!field?.value.trim()) return
    this.chat.room.say(field.value)
    field.value = ''
  }
}

define('parterre-composer', Composer)
