// The one toast: what has just happened, for eight seconds, with a way to take it back. It stands above the composer and
// moves nothing; the next one takes its place. While the pointer or the focus is on it, its time stands still.

import { LitElement, html, nothing } from 'lit'
import type { Act } from '../../room/acts'
import { moderatingWords as words } from '../../words/moderating'
import type { Chat } from '../chat'
import { define } from '../part'
import { wear } from '../styles/moderation'
import { sayWhat, type What } from './say'

/** What it says. */
export type Said =
  | { readonly done: Act<What>; readonly undo: () => void }
  | { readonly undone: What }
  | { readonly failed: string }

/** Milliseconds that it stands: long enough to take something back, or to be read. */
const TIME = { undoable: 8_000, told: 4_000 } as const

export class Toast extends LitElement {
  said: Said | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #ends = 0
  #left: number = TIME.told
  #held = new Set<string>()

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  override connectedCallback(): void {
    super.connectedCallback()
    wear(this)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  /** Says something, in place of what it said. */
  say(said: Said): void {
    this.said = said
    this.#held.clear()
    this.#left = this.#time
    this.requestUpdate()
    this.#run()
  }

  protected override render() {
    const { said } = this
    const bar = html`<i class=${this.#held.size > 0 ? 'held' : ''}></i>`
    // The region stays while what it says changes, or nobody is told.
    return html`<div role="status" class="toast-place">${said ? html`<div class="toast ${this.#undoable ? '' : 'told'}" @pointerenter=${this.#hold} @pointerleave=${this.#release} @focusin=${this.#hold} @focusout=${this.#release}>${this.#content(said)}${this.#undoable ? bar : nothing}</div>` : nothing}</div>`
  }

  #content(said: Said) {
    if ('failed' in said) return html`<span dir="auto">${said.failed}</span>`
    if ('undone' in said) return html`<span dir="auto">${words.undone()} · ${sayWhat(said.undone)}</span>`
    const undo = (): void => {
      this.#go()
      said.undo()
    }
    return html`<span dir="auto">${sayWhat(said.done.what)}</span>${this.#undoable ? html`<button type="button" @click=${undo}>${words.undo()}</button>` : nothing}`
  }

  get #undoable(): boolean {
    return this.said !== undefined && 'done' in this.said && this.said.done.state === 'undoable'
  }

  get #time(): number {
    return this.#undoable ? TIME.undoable : TIME.told
  }

  #run(): void {
    clearTimeout(this.#timer)
    if (this.#held.size > 0) return
    this.#ends = Date.now() + this.#left
    this.#timer = setTimeout(() => this.#go(), this.#left)
    // The bar begins anew with each thing said.
    const bar = this.querySelector('.toast i')
    for (const animation of bar?.getAnimations() ?? []) animation.currentTime = this.#time - this.#left
  }

  #go(): void {
    clearTimeout(this.#timer)
    this.said = undefined
    this.#held.clear()
    this.requestUpdate()
  }

  readonly #hold = (event: Event): void => {
    if (this.#held.size === 0) this.#left = Math.max(0, this.#ends - Date.now())
    this.#held.add(event.type === 'focusin' ? 'focus' : 'pointer')
    clearTimeout(this.#timer)
    this.requestUpdate()
  }

  readonly #release = (event: Event): void => {
    this.#held.delete(event.type === 'focusout' ? 'focus' : 'pointer')
    if (this.#held.size === 0 && this.said) this.#run()
    this.requestUpdate()
  }
}

/** The element, of whichever copy of the script defined it. */
type Speaking = HTMLElement & { say(said: Said): void }

/** Says what happened, in the chat's one toast. */
export function showToast(chat: Chat, said: Said): void {
  const frame = chat.host.shadowRoot?.querySelector<HTMLElement>('.pc')
  if (!frame) return
  // Above the composer: one look at the layout for each thing said.
  const foot = frame.querySelector('.foot')?.getBoundingClientRect()
  frame.style.setProperty('--foot-height', `${String(foot ? frame.getBoundingClientRect().bottom - foot.top : 0)}px`)
  const known = frame.querySelector<Speaking>('parterre-toast')
  if (known) return known.say(said)
  const toast = document.createElement('parterre-toast') as Speaking
  frame.append(toast)
  toast.say(said)
}

define('parterre-toast', Toast)
