// The messages. Rows are kept by key and rendered one by one, so that a message that comes costs one row.

import { html, render } from 'lit'
import { Changed } from '../room/room'
import type { Line } from '../room/types'
import { words } from '../words/words'
import { PREFERENCES } from './chat'
import { Part, define } from './part'

interface Row {
  readonly element: HTMLLIElement
  version: number
}

export class LogView extends Part {
  protected readonly concerns = Changed.log | PREFERENCES
  readonly #rows = new Map<string, Row>()

  protected override render() {
    return html`<div class="log" part="log" role="log" aria-live="off" aria-label=${words.messages()} tabindex="0"><ol></ol></div>`
  }

  protected override updated(): void {
    const list = this.querySelector('ol')
    const scroller = list?.parentElement
    if (!list || !scroller) return
    const pinned = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 48
    this.chat.room.log.trim('start')
    const kept = new Set<string>()
    let place = list.firstElementChild
    for (const { line, version } of this.chat.room.log.entries) {
      kept.add(line.key)
      const row = this.#row(line, version)
      if (place === row) place = row.nextElementSibling
      else list.insertBefore(row, place)
    }
    for (const [key, row] of this.#rows) {
      if (kept.has(key)) continue
      row.element.remove()
      this.#rows.delete(key)
    }
    if (pinned) scroller.scrollTop = scroller.scrollHeight
  }

  #row(line: Line, version: number): HTMLLIElement {
    const known = this.#rows.get(line.key)
    if (known?.version === version) return known.element
    const element = known?.element ?? document.createElement('li')
    element.className = 'msg'
    if (line.kind === 'message') {
      render(
        html`<div class="body"><p class="line"><span class="who"><bdi class="name" part="name">${line.author.nick}</bdi></span> <span class="text" dir="auto">${line.text}</span></p></div>`,
        element,
      )
    }
    this.#rows.set(line.key, { element, version })
    return element
  }
}

define('parterre-log', LogView)
