// The menu of a message, or its sheet where one has a finger: loaded when it is first opened.

import { html, nothing, render, type TemplateResult } from 'lit'
import { react, retract } from '../../room/amend'
import { Changed } from '../../room/room'
import type { Message } from '../../room/types'
import { menuWords as words } from '../../words/menus'
import type { Chat } from '../chat'
import { late } from '../late'
import { icon, type IconName } from '../more-icons'
import { mayEdit, mayReact, mayRemove, mayReply } from './may'

/** What is offered to react with at once. */
const QUICK = ['❤️', '😂', '👍', '🔥', '🎉'] as const

/** What a moderator finds in the menu of a message; `done` is called when one was chosen. */
export type ModerationItems = (chat: Chat, message: Message, done: () => void) => TemplateResult

/** Pages without TLS have none. */
const { clipboard } = navigator as { readonly clipboard?: Clipboard }

export interface Request {
  readonly chat: Chat
  readonly message: Message
  /** The message's row: the menu stands at it, and the focus goes back to it. */
  readonly row: HTMLElement
  /** From below, for fingers. */
  readonly sheet: boolean
  readonly showOriginal: (id: string) => void
  /** For who moderates. */
  readonly moderation: ModerationItems | undefined
  /** Told when it has been closed. */
  readonly closed: () => void
}

let open: MessageMenu | undefined

/** Opens it; another one that is open closes. */
export function openMenu(request: Request): void {
  open?.close(false)
  open = new MessageMenu(request)
}

class MessageMenu {
  readonly #root = document.createElement('div')
  readonly #stop = new AbortController()
  readonly #opener: Element | null
  #picking = false

  constructor(private readonly request: Request) {
    const { sheet, row } = request
    const frame = row.closest('.pc')
    const tree = row.getRootNode()
    this.#opener = tree instanceof ShadowRoot ? tree.activeElement : null
    this.#root.className = sheet ? 'dialog' : 'menu message-menu'
    const { signal } = this.#stop
    this.#root.addEventListener('keydown', this.#key, { signal })
    this.#root.addEventListener('click', this.#outside, { signal })
    addEventListener('pointerdown', this.#away, { signal, capture: true })
    // The menu belongs to where its message stood.
    row.closest('.log')?.addEventListener('wheel', () => this.close(false), { signal, passive: true })
    this.#render()
    frame?.append(this.#root)
    this.#place()
    this.#items[0]?.focus({ preventScroll: true })
  }

  close(back = true): void {
    if (open === this) open = undefined
    this.#stop.abort()
    this.#root.remove()
    this.request.closed()
    if (!back) return
    const to = this.#opener instanceof HTMLElement && this.#opener.isConnected ? this.#opener : this.request.row
    if (to.isConnected) to.focus({ preventScroll: true })
  }

  #render(): void {
    const inside = this.#picking ? html`<parterre-emoji .pick=${this.#react} .close=${() => this.close()}></parterre-emoji>` : this.#list()
    render(
      this.request.sheet
        ? html`<div role="dialog" aria-modal="true" aria-label=${words.actions()}><div class="grab"></div>${
            this.#picking ? inside : html`<div class="menu flat">${inside}</div>`
          }</div>`
        : inside,
      this.#root,
    )
  }

  #list() {
    const { chat, message, sheet, showOriginal, moderation } = this.request
    const { room } = chat
    const answers = message.answers?.id
    return html`${
      mayReact(room, message)
        ? html`<div class="picks">${QUICK.map(
            (emoji) => html`<button type="button" role="menuitem" tabindex="-1" aria-label=${words.reactWith(emoji)} @click=${() => this.#react(emoji)}><span class="em">${emoji}</span></button>`,
          )}<button type="button" role="menuitem" tabindex="-1" aria-label=${words.moreEmoji()} @click=${this.#pickMore}>${icon('smile')}</button></div>`
        : nothing
    }<div role="menu" aria-label=${words.actions()}>
      ${mayReply(room, message) ? this.#item('reply', words.reply(), 'R', () => this.#intend('reply')) : nothing}
      ${sheet && answers !== undefined ? this.#item('back', words.showOriginal(), '', () => showOriginal(answers)) : nothing}
      ${message.removed || !clipboard ? nothing : this.#item('copy', words.copyText(), '', () => clipboard.writeText(message.text).catch(() => undefined))}
      ${mayEdit(room, message) ? this.#item('pencil', words.edit(), 'E', () => this.#intend('edit')) : nothing}
      ${mayRemove(room, message) ? this.#item('trash', words.remove(), 'Del', () => retract(room, message)) : nothing}
      ${message.own ? nothing : this.#item('eyeoff', words.hidePerson(), '', () => this.#hide())}
      ${moderation ? html`<hr />${moderation(chat, message, () => this.close())}` : nothing}
    </div>`
  }

  #item(name: IconName, text: string, key: string, act: () => unknown) {
    const chosen = (): void => {
      this.close()
      act()
    }
    return html`<button type="button" role="menuitem" tabindex="-1" @click=${chosen}>${icon(name)}<span>${text}</span>${
      key && !this.request.sheet ? html`<kbd aria-hidden="true">${key}</kbd>` : nothing
    }</button>`
  }

  #intend(is: 'reply' | 'edit'): void {
    const { chat, message } = this.request
    chat.intend({ is, message })
    chat.host.focus()
  }

  #hide(): void {
    const { chat, message } = this.request
    chat.hidden.set(message.author, true)
    chat.changed(Changed.log)
  }

  readonly #react = (emoji: string): void => {
    const { chat, message } = this.request
    this.close()
    react(chat.room, chat.room.log.find(message.key) ?? message, emoji)
  }

  readonly #pickMore = async (): Promise<void> => {
    const loaded = await late(this.request.chat, () => import('../emoji/picker'))
    if (!loaded || open !== this) return
    this.#picking = true
    this.#root.classList.add('picking')
    this.#render()
    this.#place()
  }

  /** Beside its row, within the frame. */
  #place(): void {
    const { row, sheet } = this.request
    if (sheet) return
    const frame = row.closest('.pc')?.getBoundingClientRect()
    if (!frame) return
    const at = (row.querySelector('.tools') ?? row).getBoundingClientRect()
    const { height } = this.#root.getBoundingClientRect()
    const below = at.bottom + 4 - frame.top
    const top = below + height <= frame.height - 8 ? below : Math.max(8, Math.min(at.top - frame.top - height - 4, frame.height - height - 8))
    this.#root.style.setProperty('inset-block-start', `${String(Math.round(top))}px`)
    this.#root.style.setProperty('inset-inline-end', '0.5rem')
    this.#root.style.setProperty('max-block-size', `${String(Math.round(frame.height - 16))}px`)
  }

  get #items(): HTMLElement[] {
    return [...this.#root.querySelectorAll<HTMLElement>('[role=menuitem]')]
  }

  readonly #key = (event: KeyboardEvent): void => {
    event.stopPropagation()
    if (event.key === 'Escape' || (event.key === 'Tab' && !this.#picking)) {
      event.preventDefault()
      return this.close()
    }
    if (this.#picking) return
    const items = this.#items
    const tree = this.#root.getRootNode()
    const at = items.findIndex((item) => tree instanceof ShadowRoot && tree.activeElement === item)
    const next = target(event.key, at, items)
    if (!next) return
    event.preventDefault()
    next.focus()
  }

  readonly #outside = (event: Event): void => {
    if (event.target === this.#root && this.request.sheet) this.close()
  }

  readonly #away = (event: Event): void => {
    if (!event.composedPath().includes(this.#root)) this.close(false)
  }
}

/** Where a key goes in a menu. */
function target(key: string, at: number, items: readonly HTMLElement[]): HTMLElement | undefined {
  const count = items.length
  if (key === 'ArrowDown' || key === 'ArrowRight') return items[(at + 1) % count]
  if (key === 'ArrowUp' || key === 'ArrowLeft') return items[(at - 1 + count) % count]
  if (key === 'Home') return items[0]
  if (key === 'End') return items[count - 1]
  if ([...key].length !== 1 || key === ' ') return undefined
  const starts = (item: HTMLElement | undefined): boolean => item?.textContent.trim().toLowerCase().startsWith(key.toLowerCase()) ?? false
  return [...items.slice(at + 1), ...items.slice(0, at + 1)].find(starts)
}
