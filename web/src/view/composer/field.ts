// The field one writes in: it grows, keeps what is typed, completes names, and sends.

import { html, nothing, type PropertyValues } from 'lit'
import { Changed } from '../../room/room'
import type { Message } from '../../room/types'
import { words } from '../../words/words'
import { INTENT, PREFERENCES } from '../chat'
import { icon } from '../icons'
import { late } from '../late'
import { secondsUntil } from '../outage'
import { Part, define } from '../part'
import type { Completion } from './completion'
import { drawContext } from './context'
import { loadDraft, saveDraft, type Draft } from './draft'
import { isOnlyEmoji, left } from './limit'
import { drawSend } from './send'

export class Field extends Part {
  protected readonly concerns = Changed.state | INTENT | PREFERENCES
  static override properties = { off: { attribute: false } }
  /** Whether there is no connection, for so long that nothing should be sent. */
  off = false
  /** Completes names; it comes with the first focus. */
  #completion: Completion | undefined
  #draft: Draft = { text: '' }
  #text = ''
  #intent: Message | undefined
  /** Whether Enter was pressed too early. */
  #told = false
  #picking = false
  /** Whether an input method has ended in this very turn: Safari tells of its last key only then. */
  #composed = false
  #timer: ReturnType<typeof setTimeout> | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    this.#draft = loadDraft(this.chat.room.jid)
    this.#text = this.#draft.text
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  get textarea(): HTMLTextAreaElement | null {
    return this.querySelector('textarea')
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    super.willUpdate(changed)
    this.#resume()
    const { intent } = this.chat
    const about = intent.is === 'new' ? undefined : intent.message
    if (about?.key === this.#intent?.key) return
    const wasEdit = this.#draft.about?.is === 'edit'
    this.#intent = about
    if (intent.is === 'edit') this.#begin(intent.message, wasEdit)
    else this.#write(wasEdit ? (this.#draft.aside ?? '') : this.#text, intent.is === 'reply' ? { is: 'reply', id: intent.message.stanzaId ?? '' } : undefined)
    if (about) void this.updateComplete.then(() => this.textarea?.focus({ preventScroll: true }))
  }

  protected override render() {
    const { chat } = this
    const { room } = chat
    const name = this.#completion?.active
    const wait = this.#wait()
    const remaining = left(this.#text)
    const only = (room.settings?.emojiOnly ?? false) && !room.moderates
    const hint = this.#hint(wait, remaining, only)
    const placeholder = only ? words.emojiOnly() : words.writeAs(room.me.nick)
    return html`${this.#completion?.draw() ?? nothing}
      ${this.#picking ? html`<parterre-emoji .pictures=${chat.pictures} .pick=${this.#insert} .close=${this.#closePicker}></parterre-emoji>` : nothing}
      ${drawContext(chat, () => this.chat.intend({ is: 'new' }))}
      <form @submit=${this.#submit}>
        <div class=${remaining !== undefined && remaining < 0 ? 'field bad' : 'field'} part="field">
          <textarea rows="1" dir="auto" .value=${this.#text} placeholder=${placeholder} aria-label=${words.message()} aria-autocomplete="list" aria-controls=${name ? 'parterre-names' : nothing} aria-activedescendant=${name ?? nothing} aria-describedby=${hint === nothing ? nothing : 'parterre-hint'} enterkeyhint=${this.#touch() ? 'enter' : 'send'} autocapitalize="sentences" @focus=${this.#prepare} @input=${this.#input} @keydown=${this.#key} @blur=${this.#blur} @click=${this.#moved} @compositionend=${this.#compositionEnd}></textarea>
          <button class=${this.#picking ? 'iconb on' : 'iconb'} type="button" aria-label=${words.emoji()} title=${words.emoji()} aria-expanded=${this.#picking} aria-haspopup="dialog" @click=${this.#togglePicker}>${icon('smile')}</button>
          ${drawSend(this.#maySend(), wait, room.settings?.slow ?? 0)}
        </div>
        ${hint}
      </form>`
  }

  #hint(wait: number, remaining: number | undefined, only: boolean) {
    if (remaining !== undefined && remaining < 0) return html`<p class="hint err" id="parterre-hint">${words.tooMany(-remaining)}</p>`
    if (this.#told && wait > 0) return html`<p class="hint" id="parterre-hint" role="status">${words.waitToSend(wait)}</p>`
    if (this.#told && only && !isOnlyEmoji(this.#text)) return html`<p class="hint" id="parterre-hint" role="status">${words.emojiOnly()}</p>`
    if (remaining !== undefined) return html`<p class="hint" id="parterre-hint">${words.left(remaining)}</p>`
    return nothing
  }

  protected override updated(): void {
    this.#grow()
  }

  // --- what is written --------------------------------------------------------------------------------------

  /** After a reload: what was written was about a message, which may have come by now. */
  #resume(): void {
    const { about } = this.#draft
    if (!about || this.#intent || !this.chat.room.ready) return
    const message = this.chat.room.log.find(about.id)
    if (message && !message.removed && (about.is === 'reply' || message.own)) {
      this.#intent = message
      this.chat.intend({ is: about.is, message })
    } else {
      // It is not there any more: the words stay, as words of their own.
      this.#write(this.#text || (this.#draft.aside ?? ''), undefined)
    }
  }

  #begin(message: Message, wasEdit: boolean): void {
    const aside = wasEdit ? this.#draft.aside : this.#text
    this.#write(message.text, { is: 'edit', id: message.stanzaId ?? '' }, aside)
  }

  #write(text: string, about: Draft['about'], aside?: string): void {
    this.#text = text
    this.#draft = { text, ...(about && { about }), ...(aside && { aside }) }
    saveDraft(this.chat.room.jid, this.#draft)
  }

  /** Puts a text where the caret is. */
  readonly #insert = (text: string): void => {
    const field = this.textarea
    if (!field) return
    field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end')
    this.#typed(field.value)
  }

  /** Puts another text in place of all, with the caret there. */
  replace(text: string, caret: number): void {
    const field = this.textarea
    if (!field) return
    field.value = text
    field.setSelectionRange(caret, caret)
    this.#typed(text)
  }

  #typed(text: string): void {
    this.#told = false
    this.#write(text, this.#draft.about, this.#draft.aside)
    this.requestUpdate()
  }

  readonly #input = (event: Event): void => {
    const field = event.currentTarget as HTMLTextAreaElement
    this.#typed(field.value)
    this.#completion?.look(field.value, field.selectionStart)
  }

  readonly #prepare = async (): Promise<void> => {
    if (this.#completion) return
    const loaded = await late(this.chat, () => import('./completion'))
    if (!loaded) return
    this.#completion ??= new loaded.Completion(this)
    const field = this.textarea
    if (field) this.#completion.look(field.value, field.selectionStart)
  }

  readonly #moved = (): void => {
    const field = this.textarea
    if (field && this.#completion?.open) this.#completion.look(field.value, field.selectionStart)
  }

  readonly #blur = (): void => this.#completion?.close()

  /** Where the browser can't size a field by its content itself. */
  #grow(): void {
    const field = this.textarea
    if (!field || CSS.supports('field-sizing', 'content')) return
    field.style.blockSize = 'auto'
    field.style.blockSize = `${String(field.scrollHeight)}px`
  }

  // --- sending ----------------------------------------------------------------------------------------------

  #touch(): boolean {
    return matchMedia('(pointer: coarse)').matches
  }

  /** Seconds until one may write again; 0 for now. A correction does not wait. */
  #wait(): number {
    const { room, intent } = this.chat
    clearTimeout(this.#timer)
    if (room.moderates || intent.is === 'edit') return 0
    const seconds = secondsUntil(room.slowUntil, Date.now())
    if (seconds > 0) this.#timer = setTimeout(() => this.requestUpdate(), (room.slowUntil - Date.now()) % 1_000 || 1_000)
    else this.#told &&= false
    return seconds
  }

  #maySend(): boolean {
    const { room, intent } = this.chat
    const only = (room.settings?.emojiOnly ?? false) && !room.moderates
    if (this.off || this.#text.trim() === '' || (left(this.#text) ?? 0) < 0) return false
    if (only && !isOnlyEmoji(this.#text)) return false
    // Other words for something can't wait for a connection: nobody would see that they do.
    return intent.is !== 'edit' || (room.online && intent.message.stanzaId !== undefined)
  }

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault()
    this.#send()
  }

  #send(): void {
    const { chat } = this
    if (this.#wait() > 0 || !this.#maySend()) {
      this.#told = this.#text.trim() !== ''
      return this.requestUpdate()
    }
    const { intent } = chat
    const text = this.#text.trim()
    if (intent.is !== 'edit') chat.room.say(text, intent.is === 'reply' ? intent.message : undefined)
    else if (text !== intent.message.text) chat.room.correct(intent.message, text)
    this.#write(intent.is === 'edit' ? (this.#draft.aside ?? '') : '', undefined)
    this.#intent = undefined
    this.#picking = false
    this.#completion?.close()
    chat.intend({ is: 'new' })
    this.requestUpdate()
  }

  // --- keys -------------------------------------------------------------------------------------------------

  readonly #key = (event: KeyboardEvent): void => {
    // While an input method composes, its keys are its own.
    if (event.isComposing || this.#composed) return
    if (this.#completion?.key(event) || this.#own(event)) event.preventDefault()
  }

  readonly #compositionEnd = (): void => {
    this.#composed = true
    setTimeout(() => (this.#composed = false))
  }

  #own(event: KeyboardEvent): boolean {
    const plain = !event.altKey && !event.ctrlKey && !event.metaKey
    switch (event.key) {
      case 'Enter':
        if (event.shiftKey || !plain || this.#touch()) return false
        this.#send()
        return true
      case 'ArrowUp':
        return plain && !event.shiftKey && this.#text === '' && this.#editLast()
      case 'Escape':
        return this.#leave()
      case 'F6':
        return this.#toLog()
      default:
        return false
    }
  }

  /** To the message that had the focus last, or to the log as a whole. */
  #toLog(): boolean {
    const log = (this.getRootNode() as ShadowRoot).querySelector<HTMLElement>('.log')
    const place = log?.querySelector<HTMLElement>('li[tabindex="0"]') ?? log
    place?.focus()
    return place !== null
  }

  #editLast(): boolean {
    const last = this.chat.room.log.messages.findLast((one) => one.own && one.stanzaId && !one.removed)
    if (last) this.chat.intend({ is: 'edit', message: last })
    return last !== undefined
  }

  #leave(): boolean {
    if (this.#picking) this.#closePicker()
    else if (this.chat.intent.is !== 'new') this.chat.intend({ is: 'new' })
    else return false
    return true
  }

  // --- emoji ------------------------------------------------------------------------------------------------

  readonly #togglePicker = (): void => {
    if (this.#picking) return this.#closePicker()
    void late(this.chat, () => import('../emoji/picker')).then((loaded) => {
      if (!loaded) return
      this.#picking = true
      this.requestUpdate()
    })
  }

  readonly #closePicker = (): void => {
    this.#picking = false
    this.requestUpdate()
    if (!this.#touch()) this.textarea?.focus({ preventScroll: true })
  }
}

define('parterre-field', Field)
