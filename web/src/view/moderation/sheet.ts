// A sheet from below, over the whole chat, for the few questions there are: it takes the focus, gives it back, and Esc
// closes it. What lies below it is out of reach meanwhile; the page around the chat is not.

import { LitElement, html, type TemplateResult } from 'lit'
import type { Chat } from '../chat'
import { define } from '../part'
import { wear } from '../styles/moderation'

/** What a sheet asks. */
export interface Question {
  readonly title: string
  /** What it shows; drawn anew after everything that is done in it. */
  readonly body: () => TemplateResult
  /** What to do; the sheet closes then. */
  readonly submit: (form: FormData) => void
}

export class Sheet extends LitElement {
  question!: Question
  #below: HTMLElement[] = []
  #opener: Element | null = null

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  override connectedCallback(): void {
    super.connectedCallback()
    wear(this)
    const root = this.getRootNode()
    this.#opener = root instanceof ShadowRoot ? root.activeElement : document.activeElement
    this.#below = [...(this.parentElement?.children ?? [])].filter((one): one is HTMLElement => one instanceof HTMLElement && one !== this && !one.inert)
    for (const one of this.#below) one.inert = true
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const one of this.#below) one.inert = false
    if (this.#opener instanceof HTMLElement && this.#opener.isConnected) this.#opener.focus({ preventScroll: true })
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLElement>('[autofocus], button')?.focus({ preventScroll: true })
  }

  protected override render() {
    const { title, body } = this.question
    return html`<div class="dialog" @click=${this.#outside} @keydown=${this.#key}>
      <div role="dialog" aria-modal="true" aria-label=${title}><form @submit=${this.#submit} @change=${() => this.requestUpdate()}><h3 dir="auto">${title}</h3>${body()}</form></div>
    </div>`
  }

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    this.remove()
    this.question.submit(form)
  }

  readonly #outside = (event: Event): void => {
    if (event.target instanceof Element && event.target.matches('.dialog, [data-close]')) this.remove()
  }

  readonly #key = (event: KeyboardEvent): void => {
    event.stopPropagation()
    if (event.key !== 'Escape') return
    event.preventDefault()
    this.remove()
  }
}

/** Asks in the chat; a question that is open already gives way. */
export function ask(chat: Chat, question: Question): void {
  const place = chat.host.shadowRoot?.querySelector('.pc')
  place?.querySelector('parterre-sheet')?.remove()
  // Another copy of the script may have defined the element.
  const sheet = document.createElement('parterre-sheet') as HTMLElement & { question: Question }
  sheet.question = question
  place?.append(sheet)
}

define('parterre-sheet', Sheet)
