// The menu of the chat.

import { html, nothing } from 'lit'
import { Changed } from '../../room/room'
import { words } from '../../words/words'
import { icon, type IconName } from '../icons'
import { Part, define } from '../part'

interface Item {
  readonly icon: IconName
  readonly text: string
  readonly act: () => void
  /** An address that it leads to, in a window of its own. */
  readonly href?: string
}

export class Menu extends Part {
  protected readonly concerns = Changed.state
  #open = false

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener('pointerdown', this.#outside, true)
  }

  protected override render() {
    return html`<button class=${this.#open ? 'iconb on' : 'iconb'} type="button" aria-haspopup="menu" aria-expanded=${this.#open} aria-label=${words.menu()} title=${words.menu()} @click=${this.#toggle} @keydown=${this.#buttonKey}>${icon('more')}</button>
      ${this.#open ? html`<div class="menu head-menu" role="menu" aria-label=${words.menu()} @keydown=${this.#key}>${this.#controls()}${this.#items().map((item) => this.#item(item))}</div>` : nothing}`
  }

  #item(item: Item) {
    const content = html`${icon(item.icon)}<span>${item.text}</span>`
    const act = (): void => {
      this.#close(item.href === undefined)
      item.act()
    }
    return item.href === undefined
      ? html`<button role="menuitem" type="button" tabindex="-1" @click=${act}>${content}</button>`
      : html`<a role="menuitem" tabindex="-1" href=${item.href} target="_blank" rel="noopener" @click=${act}>${content}</a>`
  }

  /** What moderators set for the room; it loads when one of them first opens the menu. */
  #controls() {
    if (!this.chat.room.moderates || this.chat.room.phase === 'out') return nothing
    void import('../moderation/controls')
    return html`<parterre-controls .chat=${this.chat} .done=${() => this.#close(true)}></parterre-controls>`
  }

  #items(): Item[] {
    const { chat } = this
    const { room } = chat
    const items: Item[] = [{ icon: 'gear', text: words.settings(), act: () => chat.open('settings') }]
    if (chat.door.ownPage) items.push({ icon: 'popout', text: words.ownPage(), act: () => undefined, href: chat.door.ownPage })
    if (chat.door.canLogin && !room.me.account) items.push({ icon: 'people', text: words.signIn(), act: () => chat.door.login() })
    if (room.phase === 'out') items.push({ icon: 'undo', text: words.comeBack(), act: () => chat.door.enter() })
    else items.push({ icon: 'kick', text: words.leave(), act: () => room.leave() })
    return items
  }

  #entries(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>('[role^=menuitem]')]
  }

  readonly #toggle = (): void => {
    if (this.#open) this.#close(true)
    else this.#show(0)
  }

  #show(at: number): void {
    this.#open = true
    addEventListener('pointerdown', this.#outside, true)
    this.requestUpdate()
    void this.updateComplete.then(() => this.#entries().at(at)?.focus())
  }

  #close(giveBack: boolean): void {
    if (!this.#open) return
    this.#open = false
    removeEventListener('pointerdown', this.#outside, true)
    if (giveBack) this.querySelector('button')?.focus()
    this.requestUpdate()
  }

  readonly #outside = (event: Event): void => {
    if (!event.composedPath().includes(this)) this.#close(false)
  }

  readonly #buttonKey = (event: KeyboardEvent): void => {
    if (this.#open || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return
    event.preventDefault()
    this.#show(event.key === 'ArrowDown' ? 0 : -1)
  }

  readonly #key = (event: KeyboardEvent): void => {
    const entries = this.#entries()
    const at = entries.findIndex((entry) => entry.matches(':focus'))
    const to = (index: number): void => entries.at(index % entries.length)?.focus()
    if (event.key === 'ArrowDown') to(at + 1)
    else if (event.key === 'ArrowUp') to(at - 1)
    else if (event.key === 'Home') to(0)
    else if (event.key === 'End') to(-1)
    else if (event.key === 'Escape') this.#close(true)
    else if (event.key === 'Tab') return this.#close(false)
    else if (!startsWith(entries, at, event.key)) return
    event.preventDefault()
  }
}

/** Goes to the next entry that begins with the letter typed. */
function startsWith(entries: readonly HTMLElement[], at: number, key: string): boolean {
  if ([...key].length !== 1 || key === ' ') return false
  const order = [...entries.slice(at + 1), ...entries.slice(0, at + 1)]
  const found = order.find((entry) => entry.textContent.trim().toLowerCase().startsWith(key.toLowerCase()))
  found?.focus()
  return found !== undefined
}

define('parterre-menu', Menu)
