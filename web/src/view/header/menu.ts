// The menu of the chat, loaded when it is first opened.

import { html, nothing } from 'lit'
import { Changed } from '../../room/room'
import { menuWords } from '../../words/menus'
import { words } from '../../words/words'
import { late } from '../late'
import { icon, type IconName } from '../more-icons'
import { Part, define } from '../part'
import { popups } from '../styles/popups'
import { wear } from '../styles/sheet'

interface Item {
  readonly icon: IconName
  readonly text: string
  readonly act: () => void
  /** An address that it leads to, in a window of its own. */
  readonly href?: string
}

export class Menu extends Part {
  protected readonly concerns = Changed.state
  // None has an initial value: they may be set before the element is defined.
  /** The entry that has the focus first; from the end, if negative. */
  first!: number
  /** Closes the menu; `giveBack` says whether its button gets the focus. */
  close!: (giveBack: boolean) => void

  override connectedCallback(): void {
    super.connectedCallback()
    wear(this, popups)
    addEventListener('pointerdown', this.#outside, true)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener('pointerdown', this.#outside, true)
  }

  protected override firstUpdated(): void {
    this.#entries().at(this.first)?.focus()
  }

  protected override render() {
    return html`<div class="menu head-menu" role="menu" aria-label=${words.menu()} @keydown=${this.#key}>${this.#controls()}${this.#items().map((item) => this.#item(item))}</div>`
  }

  #item(item: Item) {
    const content = html`${icon(item.icon)}<span>${item.text}</span>`
    const act = (): void => {
      this.close(item.href === undefined)
      item.act()
    }
    return item.href === undefined
      ? html`<button role="menuitem" type="button" tabindex="-1" @click=${act}>${content}</button>`
      : html`<a role="menuitem" tabindex="-1" href=${item.href} target="_blank" rel="noopener" @click=${act}>${content}</a>`
  }

  /** What moderators set for the room; it loads when one of them first opens the menu. */
  #controls() {
    if (!this.chat.room.moderates || this.chat.room.phase === 'out') return nothing
    void late(this.chat, () => import('../moderation/controls'))
    return html`<parterre-controls .chat=${this.chat} .done=${() => this.close(true)}></parterre-controls>`
  }

  #items(): Item[] {
    const { chat } = this
    const { room } = chat
    const items: Item[] = [{ icon: 'gear', text: menuWords.settings(), act: () => chat.open('settings') }]
    if (chat.door.ownPage) items.push({ icon: 'popout', text: menuWords.ownPage(), act: () => undefined, href: chat.door.ownPage })
    if (chat.door.canLogin && !room.me.account) items.push({ icon: 'people', text: words.signIn(), act: () => chat.door.login() })
    if (room.phase === 'out') items.push({ icon: 'undo', text: words.comeBack(), act: () => chat.door.enter() })
    else items.push({ icon: 'kick', text: menuWords.leave(), act: () => room.leave() })
    return items
  }

  #entries(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>('[role^=menuitem]')]
  }

  readonly #outside = (event: Event): void => {
    // The button that opened it closes it itself.
    const opener = this.closest('header')?.querySelector('[aria-haspopup=menu]')
    const path = event.composedPath()
    if (!path.includes(this) && !(opener && path.includes(opener))) this.close(false)
  }

  readonly #key = (event: KeyboardEvent): void => {
    const entries = this.#entries()
    const at = entries.findIndex((entry) => entry.matches(':focus'))
    const to = (index: number): void => entries.at(index % entries.length)?.focus()
    if (event.key === 'ArrowDown') to(at + 1)
    else if (event.key === 'ArrowUp') to(at - 1)
    else if (event.key === 'Home') to(0)
    else if (event.key === 'End') to(-1)
    else if (event.key === 'Escape') this.close(true)
    else if (event.key === 'Tab') return this.close(false)
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
