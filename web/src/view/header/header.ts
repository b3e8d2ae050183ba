// The head of the chat: its title, how many are here or how the connection is, and the doors to what else there is.

import { html, nothing } from 'lit'
import { Changed } from '../../room/room'
import { words } from '../../words/words'
import { PANEL, PREFERENCES } from '../chat'
import { icon } from '../icons'
import { outage } from '../outage'
import { hasPanel } from '../panel'
import { Part, define } from '../part'
import { SteadyCount } from './count'
import './menu'

export class Header extends Part {
  protected readonly concerns = Changed.state | PREFERENCES | PANEL
  readonly #count = new SteadyCount()
  #timer: ReturnType<typeof setTimeout> | undefined

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  protected override render() {
    const people = hasPanel('people')
    return html`<header class="head" part="header">
      <h2>${(this.chat.door.titled && this.chat.room.settings?.title) || words.title()}</h2>
      ${this.#state()}
      ${people ? html`<button class="iconb" type="button" aria-label=${words.people()} title=${words.people()} @click=${this.#people}>${icon('people')}</button>` : nothing}
      <parterre-menu .chat=${this.chat}></parterre-menu>
    </header>`
  }

  /** What stands beside the title: never more than one thing, and no count that only pretends. */
  #state() {
    const { room } = this.chat
    const now = Date.now()
    const lost = outage(room.connectivity, now)
    const wait = this.#count.take(room.count, now)
    this.#lookAgain(Math.min(lost.again ?? Infinity, wait ?? Infinity))
    if (room.trouble?.is === 'closed') return html`<span class="count">${words.hasEnded()}</span>`
    if (room.phase === 'out') return html`<span class="count">${words.hasLeft()}</span>`
    if (lost.is === 'offline') return html`<span class="count busy">${words.isOffline()}</span>`
    if (lost.is === 'reconnecting') return html`<span class="count busy">${words.reconnecting()}</span><span class="progress"></span>`
    if (room.phase !== 'joined' && this.#count.shown === undefined) return html`<span class="count">${words.connecting()}</span>`
    return this.#here()
  }

  #here() {
    const { shown } = this.#count
    const busy = this.chat.room.overload > 0 ? html` · <span title=${words.busyHint()}>${words.busy()}<span class="vh">. ${words.busyHint()}</span></span>` : nothing
    if (shown === undefined) return html`<span class="count">${busy}</span>`
    const exact = words.hereExactly(shown)
    const text = words.here(shown)
    const hint = text === exact ? words.countHint() : `${exact}. ${words.countHint()}`
    if (!hasPanel('people')) return html`<span class="count" title=${hint}>${text}${busy}</span>`
    return html`<span class="count"><button type="button" title=${hint} @click=${this.#people}>${text}</button>${busy}</span>`
  }

  #lookAgain(wait: number): void {
    clearTimeout(this.#timer)
    if (Number.isFinite(wait)) this.#timer = setTimeout(() => this.chat.changed(Changed.state), wait)
  }

  readonly #people = (): void => this.chat.open(this.chat.panel === 'people' ? undefined : 'people')
}

define('parterre-header', Header)
