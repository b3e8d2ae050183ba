// A part of the chat: an element that renders into the chat's own shadow root, so that one sheet of styles and one set
// of `::part`s serves all, and that is updated when what it shows has changed.

import { LitElement } from 'lit'
import type { Chat } from './chat'

export abstract class Part extends LitElement {
  /** Which changes concern it: bits of `Changed` and those of `chat.ts`. */
  protected abstract readonly concerns: number
  chat!: Chat
  #unsubscribe: (() => void) | undefined

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#unsubscribe = this.chat.subscribe((what) => {
      if (what & this.concerns) this.requestUpdate()
    })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#unsubscribe?.()
  }
}

/** Defines an element, unless another copy of the script already has. */
export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element)
}

/** What has the focus in the same tree as the node. */
export function focused(node: Node): HTMLElement | undefined {
  const root = node.getRootNode()
  const active = root instanceof ShadowRoot || root instanceof Document ? root.activeElement : null
  return active instanceof HTMLElement ? active : undefined
}
