// One person: what they wrote here, hiding them for oneself, and, for moderators, what can be done.

import { html, nothing } from 'lit'
import { Changed } from '../../room/room'
import type { Occupant } from '../../room/types'
import { oneLine } from '../../text/safe'
import { moderatingWords as words } from '../../words/moderating'
import { PANEL, PREFERENCES } from '../chat'
import { icon } from '../more-icons'
import { deskOf } from '../moderation/desk'
import { personItems } from '../moderation/menu'
import { Part, define } from '../part'
import { wear } from '../styles/moderation'
import { who } from './row'

/** Most of their messages that are listed, the newest first. */
const MOST = 50
/** Most characters of each. */
const LONGEST = 300

export class PersonView extends Part {
  protected readonly concerns = Changed.people | Changed.log | PANEL | PREFERENCES

  override connectedCallback(): void {
    super.connectedCallback()
    wear(this)
  }

  protected override render() {
    const { chat } = this
    const { panel, room } = chat
    if (typeof panel !== 'object') return nothing
    const desk = deskOf(chat)
    const id = panel.person
    // Who only watches is known by the room's list alone.
    const person = desk.person(id) ?? { nick: id, occupantId: undefined, jid: undefined, role: 'visitor' as const, affiliation: 'none' as const }
    const known = room.people.byOccupantId(person.occupantId) ?? room.people.byNick(id)
    const messages = desk.messagesOf(person).slice(-MOST).reverse()
    const me = desk.moderation.isMe(person)
    return html`<div class="people">
      <div class="person">${who(chat, { ...person, avatar: known?.avatar })}${me ? html`<span class="tag">${words.ownMark()}</span>` : nothing}</div>
      ${room.moderates ? html`<h3>${words.moderating()}</h3>${personItems(chat, person)}` : nothing}
      ${me ? nothing : this.#hide(person)}
      <h3>${words.theirMessages()}</h3>
      ${messages.length === 0 ? html`<p class="note">${words.noMessages()}</p>` : nothing}
      <ul class="quotes">${messages.map((message) => html`<li><span class="meta">${words.at(message.time)}</span><span dir="auto">${oneLine(message.text, LONGEST)}</span></li>`)}</ul>
    </div>`
  }

  #hide(person: Pick<Occupant, 'occupantId' | 'nick'>) {
    const { hidden } = this.chat
    const is = hidden.has(person)
    const toggle = (): void => {
      hidden.set(person, !is)
      this.chat.changed(PREFERENCES | Changed.log)
    }
    return html`<div class="acts"><button type="button" aria-pressed=${is} @click=${toggle}>${icon('eyeoff')}<span>${is ? words.showAgain() : words.hideForMe()}</span></button></div>`
  }
}

define('parterre-person', PersonView)
