// Recent actions: what this moderator did, each to be undone after its toast has gone.

import { html, nothing } from 'lit'
import { moderatingWords as words } from '../../words/moderating'
import { Part, define } from '../part'
import { wear } from '../styles/moderation'
import { ACTS, deskOf } from './desk'
import { sayWhat } from './say'

export class ActionsView extends Part {
  protected readonly concerns = ACTS

  override connectedCallback(): void {
    super.connectedCallback()
    wear(this)
  }

  protected override render() {
    const desk = deskOf(this.chat)
    if (desk.acts.all.length === 0) {
      return html`<div class="empty"><b>${words.noActions()}</b>${words.noActionsHint()}</div>`
    }
    return html`<div class="sheet">${desk.acts.all.map(
      (act) => html`<div class="row"><span dir="auto">${sayWhat(act.what)}<small>${words.you()} · ${words.at(act.time)}</small></span>${
        act.state === 'undoable' || act.state === 'undoing'
          ? html`<button class="linkb" type="button" ?disabled=${act.state === 'undoing'} @click=${() => desk.undo(act)}>${words.undo()}</button>`
          : act.state === 'undone'
            ? html`<span class="note">${words.undone()}</span>`
            : nothing
      }</div>`,
    )}</div>`
  }
}

define('parterre-actions', ActionsView)
