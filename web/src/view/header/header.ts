// The head of the chat: its title, how many are here or how the connection is, and the doors to what else there is.

import { html, nothing } from 'lit'
import { Changed } from '../../room/room'
import { words } from '../../words/words'
import { PANEL, PREFERENCES } from '../chat'
import { icon } from '../icons'
import { late } from '../late'
import { outage } from '../outage'
import { Part, define } from '../part'
import { SteadyCount } from './count'

export class Header extends Part {
  protected readonly concerns = Changed.state | PREFERENCES | PANEL
  readonly #count = new SteadyCount()
  #timer: ReturnType<typeof setTimeout> | undefined
  /** At which of its entries the menu was opened, counted from the end if negative; nothing while it is closed. */
  #menu: number | undefined

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  protected override render() {
    return html`<header class="head" part="header">
      <h2>${(this.chat.door.titled && this.chat.room.settings?.title) || words.title()}</h2>
      ${this.#state()}
      <button class="iconb" type="button" aria-label=${words.people()} title=${words.people()} @click=${this.#people}>${icon('people')}</button>
      <button class=${this.#menu === undefined ? 'iconb' : 'iconb on'} type="button" aria-haspopup="menu" aria-expanded=${this.#menu !== undefined} aria-label=${words.menu()} title=${words.menu()} @click=${this.#toggleMenu} @keydown=${this.#menuKey}>${icon('more')}</button>
      ${this.#menu === undefined ? nothing : html`<parterre-menu .chat=${this.chat} .first=${this.#menu} .close=${this.#closeMenu}></parterre-menu>`}
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
    return html`<span class="count"><button type="button" title=${hint} @click=${this.#people}>${text}</button>${busy}</span>`
  }

  #lookAgain(wait: number): void {
    clearTimeout(this.#timer)
    if (Number.isFinite(wait)) this.#timer = setTimeout(() => this.chat.changed(Changed.state), wait)
  }

  readonly #toggleMenu = (): void => {
    if (this.#menu === undefined) this.#openMenu(0)
    else this.#closeMenu(true)
  }

  /** The menu loads when it is first opened. */
  #openMenu(first: number): void {
    void late(this.chat, () => import('./menu')).then((loaded) => {
      if (!loaded) return
      this.#menu = first
      this.requestUpdate()
    })
  }

  readonly #closeMenu = (giveBack: boolean): void => {
    this.#menu = undefined
    if (giveBack) this.querySelector<HTMLElement>('[aria-haspopup=menu]')?.focus()
    this.requestUpdate()
  }

  readonly #menuKey = (event: KeyboardEvent): void => {
    if (this.#menu !== undefined || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return
    event.preventDefault()
    this.#openMenu(event.key === 'ArrowDown' ? 0 : -1)
  }

  readonly #people = (): void => this.chat.open(this.chat.panel === 'people' ? undefined : 'people')
}

define('parterre-header', Header)
