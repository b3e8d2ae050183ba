// The room's controls, in the menu of the chat: what calms it, announcing, and what was done of late. Who may not
// configure the room is offered only what they may do.

import { html, nothing } from 'lit'
import { Changed } from '../../room/room'
import { moderatingWords as words } from '../../words/moderating'
import { panelWords } from '../../words/panels'
import { icon, type IconName } from '../more-icons'
import { Part, define } from '../part'
import { wear } from '../styles/moderation'
import { ACTS, deskOf } from './desk'
import { askAnnouncement } from './questions'

/** Seconds between two messages that are offered. */
const SLOW = [0, 5, 10, 30, 60]

export class ControlsView extends Part {
  protected readonly concerns = Changed.state | ACTS
  /** Called when something was chosen that closes the menu. No initial value: it is set before the element is defined. */
  done?: () => void
  #choosing = false

  override connectedCallback(): void {
    super.connectedCallback()
    wear(this)
  }

  protected override render() {
    const { chat } = this
    if (!chat.room.moderates) return nothing
    const desk = deskOf(chat)
    const owner = desk.moderation.mayConfigure
    const undoable = desk.acts.undoable
    return html`<div class="mh controls"><b>${words.forModerators()}</b></div>
      ${owner ? this.#settings() : nothing}
      ${this.#item('horn', words.announce(), () => askAnnouncement(chat))}
      ${this.#item('undo', panelWords.recentActions(), () => chat.open('actions'), undoable > 0 ? html`<span class="meta">${undoable}</span>` : nothing)}
      ${owner ? this.#item('hand', words.calm(), () => desk.calm(), html`<kbd aria-hidden="true">⇧ P</kbd>`, 'red') : nothing}
      <hr />`
  }

  #settings() {
    const desk = deskOf(this.chat)
    const settings = this.chat.room.settings
    const slow = settings?.slow ?? 0
    return html`<button type="button" role="menuitem" tabindex="-1" aria-expanded=${this.#choosing} @click=${this.#choose}>${icon('clock')}<span>${words.slowMode()}</span><span class="meta">${slow > 0 ? words.seconds(slow) : words.off()}</span></button>
      ${this.#choosing ? html`<div class="chipset" role="group" aria-label=${words.slowMode()}>${SLOW.map(
        (seconds) => html`<button type="button" role="menuitemradio" tabindex="-1" aria-checked=${seconds === slow} class=${seconds === slow ? 'sel' : ''} @click=${() => void desk.set({ slow: seconds })}>${seconds === 0 ? words.off() : words.seconds(seconds)}</button>`,
      )}</div>` : nothing}
      ${this.#switch('lock', words.accountsOnlyMode(), settings?.accountsOnly ?? false, (on) => desk.set({ accountsOnly: on }))}
      ${this.#switch('smile', words.emojiOnlyMode(), settings?.emojiOnly ?? false, (on) => desk.set({ emojiOnly: on }))}`
  }

  #switch(name: IconName, text: string, on: boolean, set: (on: boolean) => unknown) {
    return html`<button type="button" role="menuitemcheckbox" tabindex="-1" aria-checked=${on} @click=${() => set(!on)}>${icon(name)}<span>${text}</span><span class="sw" aria-hidden="true"></span></button>`
  }

  #item(name: IconName, text: string, act: () => unknown, after: unknown = nothing, kind = '') {
    const chosen = (): void => {
      this.done?.()
      act()
    }
    return html`<button type="button" role="menuitem" tabindex="-1" class=${kind} @click=${chosen}>${icon(name)}<span>${text}</span>${after}</button>`
  }

  readonly #choose = (): void => {
    this.#choosing = !this.#choosing
    this.requestUpdate()
  }
}

define('parterre-controls', ControlsView)
