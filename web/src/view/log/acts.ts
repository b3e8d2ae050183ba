// What one does with the messages: by pointer, finger and keys. One set of listeners and one toolbar serve all rows.

import { html, render } from 'lit'
import { react, retract } from '../../room/amend'
import { Changed } from '../../room/room'
import type { Message } from '../../room/types'
import { menuWords } from '../../words/menus'
import { words } from '../../words/words'
import type { Chat } from '../chat'
import { icon } from '../icons'
import { late } from '../late'
import type { LogView } from '../log'
import { Aim } from './aim'
import { commandOf, type Command } from './keys'
import { labelOf } from './label'
import { Meanwhile } from './meanwhile'
import { mayEdit, mayReact, mayRemove, mayReply } from './may'
import type { ModerationItems } from './menu'
import { wear } from '../styles/sheet'
import { popups } from '../styles/popups'

/** How long a finger rests on a message to open its sheet, in milliseconds. */
const HOLD = 500
/** How far it may slip meanwhile, in pixels. */
const SLIP = 10
/** So many older pages are looked through for a message. */
const MOST_PAGES = 4

/** What moderating adds, where it is built in. */
interface Moderating {
  readonly moderationKey: (event: KeyboardEvent, chat: Chat, message: Message | undefined) => boolean
  readonly moderationItems: ModerationItems
  readonly learnMeans: (chat: Chat) => Promise<void>
}
const moderating = import.meta.glob<Moderating>('../moderation/menu.ts')

export class Acts {
  readonly #tools = document.createElement('div')
  readonly #stop = new AbortController()
  readonly #aim: Aim
  #at: HTMLElement | undefined
  #focused: HTMLElement | undefined
  #held: ReturnType<typeof setTimeout> | undefined
  #moderating: Moderating | undefined
  /** While the keys of moderators load. */
  #meanwhile: Meanwhile | undefined

  constructor(
    private readonly chat: Chat,
    private readonly view: LogView,
    private readonly scroller: HTMLElement,
    first: Event,
    at: EventTarget | null,
    meanwhile: Meanwhile,
  ) {
    wear(scroller, popups)
    this.#aim = new Aim(view.reading, view.rows.list)
    this.#tools.className = 'tools'
    this.#tools.setAttribute('role', 'toolbar')
    const { signal } = this.#stop
    scroller.addEventListener('click', this.#click, { signal })
    scroller.addEventListener('pointerover', this.#over, { signal, passive: true })
    scroller.addEventListener('pointerleave', this.#out, { signal, passive: true })
    scroller.addEventListener('pointerdown', this.#press, { signal, passive: true })
    for (const end of ['pointerup', 'pointercancel', 'scroll'] as const) scroller.addEventListener(end, this.#release, { signal, passive: true })
    scroller.addEventListener('pointermove', this.#moved, { signal, passive: true })
    scroller.addEventListener('keydown', this.#key, { signal })
    scroller.addEventListener('focusin', this.#focus, { signal })
    scroller.addEventListener('focusout', this.#blur, { signal })
    if (first instanceof PointerEvent) (first.type === 'pointerdown' ? this.#press : this.#over)(first, at)
    else if (first instanceof FocusEvent) this.#focus(first, at)
    if (this.#at) this.#aim.take(this.#at)
    this.#catchUp(meanwhile)
  }

  forget(): void {
    this.#stop.abort()
    this.#release()
    this.#aim.drop()
  }

  /** After rows have changed: what stood at one that is gone goes, too. */
  settle(): void {
    if (this.#at && !this.#at.isConnected) this.#move(undefined)
    else if (this.#at) {
      // Whoever draws a row anew sets its classes.
      this.#at.classList.add('has-tools')
      if (this.#tools.parentElement !== this.#at) this.#at.append(this.#tools)
    }
    if (!this.#lost) return
    this.#lost = false
    this.scroller.focus({ preventScroll: true })
  }

  /** Whether the row that had the focus was taken out. */
  #lost = false

  // --- the toolbar ------------------------------------------------------------------------------------------

  #move(row: HTMLElement | undefined): void {
    if (row === this.#at) return
    this.#at?.classList.remove('has-tools')
    this.#at = undefined
    this.#tools.remove()
    const message = row && this.#message(row)
    if (!row || !message || message.removed) return
    this.#at = row
    const { room } = this.chat
    this.#tools.setAttribute('aria-label', menuWords.actions())
    render(
      html`<time>${words.time(message.time)}</time>
        ${mayReact(room, message) ? html`<button type="button" class="iconb" tabindex="-1" data-do="pick" aria-label=${menuWords.react()} title=${menuWords.react()}>${icon('smile')}</button>` : ''}
        ${mayReply(room, message) ? html`<button type="button" class="iconb" tabindex="-1" data-do="reply" aria-label=${menuWords.reply()} title=${menuWords.reply()}>${icon('reply')}</button>` : ''}
        <button type="button" class="iconb" tabindex="-1" data-do="menu" aria-haspopup="menu" aria-label=${menuWords.more()} title=${menuWords.more()}>${icon('more')}</button>`,
      this.#tools,
    )
    row.classList.add('has-tools')
    // Above the topmost message there is no room for it.
    const above = row.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top
    this.#tools.classList.toggle('inside', above < 32)
    row.append(this.#tools)
  }

  readonly #over = (event: PointerEvent, target = event.target): void => {
    if (event.pointerType !== 'touch') this.#move(rowOf(target))
  }

  readonly #out = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') return
    this.#move(this.#focused)
    this.#aim.drop()
  }

  // --- fingers ----------------------------------------------------------------------------------------------

  #pressed = { x: 0, y: 0, touch: false }

  readonly #press = (event: PointerEvent, target = event.target): void => {
    this.#release()
    this.#pressed = { x: event.clientX, y: event.clientY, touch: event.pointerType === 'touch' }
    const row = rowOf(target)
    const message = row && this.#message(row)
    if (!row || !message) return
    this.#aim.take(row)
    if (this.#pressed.touch) this.#held = setTimeout(() => void this.#open(row, message, true), HOLD)
  }

  readonly #moved = (event: PointerEvent): void => {
    if (event.pointerType !== 'touch' && this.#at) this.#aim.take(this.#at, event.composedPath().includes(this.#tools))
    if (Math.hypot(event.clientX - this.#pressed.x, event.clientY - this.#pressed.y) > SLIP) this.#release()
  }

  readonly #release = (): void => clearTimeout(this.#held)

  // --- clicks -----------------------------------------------------------------------------------------------

  readonly #click = (event: MouseEvent): void => {
    const target = event.target instanceof Element ? event.target : null
    const row = rowOf(target)
    const message = row && this.#message(row)
    if (!row || !message) return
    const asked = target?.closest<HTMLElement>('[data-do]')
    if (asked) return this.#do(asked, row, message)
    // A tap that is for nothing else shows what can be done.
    if (!this.#pressed.touch || target?.closest('a')) return
    this.#move(this.#at === row ? undefined : row)
    if (this.#at) this.#aim.take(row, true)
    else this.#aim.drop()
  }

  #do(asked: HTMLElement, row: HTMLElement, message: Message): void {
    const { room } = this.chat
    switch (asked.dataset['do']) {
      case 'expand':
        this.view.expanded.add(message.key)
        return this.chat.changed(Changed.log)
      case 'original':
        return void this.#showOriginal(asked.dataset['id'] ?? '')
      case 'person':
        return this.chat.open({ person: message.author.occupantId ?? message.author.nick })
      case 'react':
        if (mayReact(room, message)) react(room, message, asked.dataset['emoji'] ?? '')
        return
      case 'retry':
        return room.retry(message.id)
      case 'discard':
        room.log.discard(message.id)
        return this.chat.changed(Changed.log)
      case 'reply':
        return this.#command({ is: 'reply' }, row, message)
      case 'pick':
      case 'menu':
        return void this.#open(row, message, this.#pressed.touch)
    }
  }

  async #open(row: HTMLElement, message: Message, sheet: boolean): Promise<void> {
    const { chat } = this
    this.#aim.keep(row)
    const loaded = await late(chat, () => import('./menu'))
    // All of a menu is there at once: what came a moment later would move what one is about to press.
    const moderation = loaded && (await this.#moderationItems())
    if (!loaded || !row.isConnected) {
      this.#aim.closed()
      return
    }
    const fresh = this.#message(row) ?? message
    const closed = (): void => {
      this.#aim.closed()
    }
    loaded.openMenu({ chat, message: fresh, row, sheet, moderation, closed, showOriginal: (id) => void this.#showOriginal(id) })
    // Another one may have been open, and has just been closed.
    this.#aim.keep(row)
  }

  async #moderationItems(): Promise<ModerationItems | undefined> {
    const load = moderating['../moderation/menu.ts']
    const loaded = load && this.chat.room.moderates ? await late(this.chat, load) : undefined
    await loaded?.learnMeans(this.chat)
    return loaded?.moderationItems
  }

  /** The message with that id, fetched if it is a few pages back. */
  async #showOriginal(id: string): Promise<void> {
    const { chat, view } = this
    for (let page = 0; page <= MOST_PAGES; page += 1) {
      const original = chat.room.log.find(id)
      const element = original && view.rows.element(original.key)
      if (element) view.show(element)
      if (element || chat.room.complete) return
      view.reading.unpin()
      await chat.room.loadOlder()
      await new Promise((resolve) => requestAnimationFrame(resolve))
      await view.updateComplete
    }
  }

  // --- keys -------------------------------------------------------------------------------------------------

  readonly #focus = (event: FocusEvent, target = event.target): void => {
    const row = rowOf(target)
    if (!row || row === this.#focused) return
    this.#unfocus()
    this.#focused = row
    const shown = this.view.rows.row(row)
    if (shown) row.setAttribute('aria-label', labelOf(shown))
    row.tabIndex = 0
    this.scroller.tabIndex = -1
    // What is in the message can be reached from it, and only from it.
    for (const part of inner(row)) part.tabIndex = 0
    if (row.matches(':focus-visible')) this.#move(row)
  }

  readonly #blur = (event: FocusEvent): void => {
    if (rowOf(event.relatedTarget) === this.#focused) return
    this.#lost = this.view.changing && this.#focused !== undefined
    this.#unfocus()
  }

  #unfocus(): void {
    const row = this.#focused
    this.#focused = undefined
    this.scroller.tabIndex = 0
    if (!row) return
    row.tabIndex = -1
    row.removeAttribute('aria-label')
    for (const part of inner(row)) part.tabIndex = -1
    // The tools may stand at another message by now, with the pointer on its way to them.
    if (row === this.#at && !row.matches(':hover')) this.#move(undefined)
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return
    if (!this.#meanwhile) return this.#answer(event)
    this.#meanwhile.keep(event)
    if (commandOf(event)) event.preventDefault()
  }

  /** Where the keys go: a key that had to wait finds that the one before it has moved on. */
  get #active(): Element | null {
    return (this.scroller.getRootNode() as Document | ShadowRoot).activeElement
  }

  #catchUp(meanwhile: Meanwhile): void {
    for (const event of meanwhile.take(this.#active)) this.#answer(event)
  }

  #answer(event: KeyboardEvent): void {
    const at = this.#active
    if (this.#meanwhile) return this.#meanwhile.keep(event, at)
    if (!this.scroller.contains(at)) return
    const row = rowOf(at)
    const message = row && this.#message(row)
    // Inside a message its own links and buttons take Enter.
    const within = at !== row && at !== this.scroller
    const command = commandOf(event)
    if (command?.is === 'remove' && message && !message.own && this.chat.room.moderates) return this.#moderate(event, message)
    if (!command) return this.#moderate(event, message)
    if (within && command.is === 'menu') return
    event.preventDefault()
    event.stopPropagation()
    this.#command(command, row, message)
  }

  #command(command: Command, row: HTMLElement | undefined, message: Message | undefined): void {
    const { chat } = this
    switch (command.is) {
      case 'move':
        return this.#go(row, command.by)
      case 'first':
        return this.#go(undefined, -Infinity)
      case 'last':
        this.view.toEnd()
        return this.#go(undefined, Infinity)
      case 'leave':
        this.#unfocus()
        this.view.toEnd()
        return chat.host.focus()
      case 'menu':
      case 'react':
        if (row && message && (command.is === 'menu' || mayReact(chat.room, message))) void this.#open(row, message, false)
        return
      case 'reply':
      case 'edit':
        if (!message || !(command.is === 'reply' ? mayReply : mayEdit)(chat.room, message)) return
        chat.intend({ is: command.is, message })
        return chat.host.focus()
      case 'remove':
        if (message && mayRemove(chat.room, message)) retract(chat.room, message)
    }
  }

  #go(from: HTMLElement | undefined, by: number): void {
    const rows = [...this.scroller.querySelectorAll<HTMLElement>('li[data-key][tabindex]')]
    const at = from ? rows.indexOf(from) : by > 0 ? -1 : rows.length
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))]
    if (!next) return
    if (next === from && by > 0) return this.view.toEnd()
    next.focus({ preventScroll: true })
    this.view.reading.reveal(next)
  }

  /** The keys of moderators are loaded with the first one. */
  #moderate(event: KeyboardEvent, message: Message | undefined): void {
    if (!this.chat.room.moderates || /^(Tab|Shift|Control|Alt|Meta)$/.test(event.key)) return
    if (this.#moderating) {
      if (this.#moderating.moderationKey(event, this.chat, message)) event.preventDefault()
      return
    }
    const meanwhile = new Meanwhile()
    const load = moderating['../moderation/menu.ts']
    if (!load) return
    this.#meanwhile = meanwhile
    void late(this.chat, load).then((loaded) => {
      this.#moderating = loaded
      this.#meanwhile = undefined
      if (!loaded) return
      loaded.moderationKey(event, this.chat, message)
      this.#catchUp(meanwhile)
    })
  }

  #message(row: HTMLElement): Message | undefined {
    const shown = this.view.rows.row(row)
    return shown?.is === 'line' && shown.line.kind === 'message' ? shown.line : undefined
  }
}

function rowOf(target: EventTarget | null): HTMLElement | undefined {
  return (target instanceof Element ? target.closest<HTMLElement>('li[data-key]') : null) ?? undefined
}

const inner = (row: HTMLElement): NodeListOf<HTMLElement> => row.querySelectorAll('.body a, .body button, .quote')
