// The list of names above the field.

import { html, nothing } from 'lit'
import type { Occupant } from '../../room/types'
import { safeName } from '../../text/safe'
import { menuWords as words } from '../../words/menus'
import { popups } from '../styles/popups'
import { wear } from '../styles/sheet'
import { afterAt, candidates, complete, wordBefore, type Beginning } from './complete'
import type { Field } from './field'

export class Completion {
  #beginning: Beginning | undefined
  #found: readonly Occupant[] = []
  #at = 0

  constructor(private readonly field: Field) {
    wear(field, popups)
  }

  get open(): boolean {
    return this.#found.length > 0
  }

  /** The id of the name that is chosen now. */
  get active(): string | undefined {
    return this.open ? `parterre-name-${String(this.#at)}` : undefined
  }

  /** Looks for a name that is being written. */
  look(text: string, caret: number): void {
    this.#offer(afterAt(text, caret))
  }

  close(): void {
    if (this.open) this.#offer(undefined)
  }

  /** Takes a key, if it is meant for the list. */
  key(event: KeyboardEvent): boolean {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return false
    if (!this.open) return event.key === 'Tab' && this.#start()
    switch (event.key) {
      case 'ArrowDown':
        return this.#move(1)
      case 'ArrowUp':
        return this.#move(-1)
      case 'Tab':
      case 'Enter':
        return this.#take(this.#found[this.#at])
      case 'Escape':
        this.close()
        return true
      default:
        return false
    }
  }

  draw() {
    if (!this.open) return nothing
    return html`<div class="pop" role="listbox" id="parterre-names" aria-label=${words.names()}>${this.#found.map((one, at) => this.#row(one, at))}</div>`
  }

  #row(one: Occupant, at: number) {
    const chosen = at === this.#at
    // The field keeps the focus: what is pressed here acts on the way down.
    const press = (event: Event): void => {
      event.preventDefault()
      this.#take(one)
    }
    return html`<div class=${chosen ? 'person on' : 'person'} role="option" id="parterre-name-${at}" aria-selected=${chosen} @pointerdown=${press}><span class="nm"><bdi>${safeName(one.nick)}</bdi></span>${chosen ? html`<kbd aria-hidden="true">Tab</kbd>` : nothing}</div>`
  }

  /** Tab: completes at once if only one is meant, and offers them if several are. */
  #start(): boolean {
    const field = this.field.textarea
    const word = field && field.selectionStart === field.selectionEnd ? wordBefore(field.value, field.selectionStart) : undefined
    if (!word) return false
    this.#offer(word)
    const [first, ...others] = this.#found
    if (first && others.length === 0) this.#take(first)
    return first !== undefined
  }

  #move(by: number): boolean {
    this.#at = (this.#at + by + this.#found.length) % this.#found.length
    this.field.requestUpdate()
    return true
  }

  #take(one: Occupant | undefined): boolean {
    const field = this.field.textarea
    if (!one || !field || !this.#beginning) return false
    const done = complete(field.value, this.#beginning, one.nick)
    this.#offer(undefined)
    this.field.replace(done.text, done.caret)
    return true
  }

  #offer(beginning: Beginning | undefined): void {
    const { room, hidden } = this.field.chat
    this.#beginning = beginning
    this.#found = beginning ? candidates(beginning.query, room.people.all, room.me.nick, room.options.anonymous).filter((one) => !hidden.has(one)) : []
    this.#at = 0
    this.field.requestUpdate()
  }
}
