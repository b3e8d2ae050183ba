// What opens over the log, or beside it where there is room: people, settings, recent actions. Each loads when it is
// first opened, and is an element of its own that gets the chat; the head with the way back is drawn here. This module, too,
// loads with the first panel: see Chat.open.

import { html, nothing } from 'lit'
import { panelWords } from '../words/panels'
import { words } from '../words/words'
import { PANEL, type Chat, type Panel } from './chat'
import { late } from './late'
import { icon } from './more-icons'
import { Part, define, focused } from './part'
import { panels } from './styles/panels'
import { popups } from './styles/popups'
import { wear } from './styles/sheet'

interface View {
  readonly tag: string
  readonly title: () => string
  readonly load: () => Promise<unknown>
}

/** The panels that there are. */
const VIEWS: Partial<Record<string, View>> = {
  people: { tag: 'parterre-people', title: words.people, load: () => import('./people/people') },
  person: { tag: 'parterre-person', title: words.people, load: () => import('./people/person') },
  actions: { tag: 'parterre-actions', title: panelWords.recentActions, load: () => import('./moderation/actions') },
  settings: { tag: 'parterre-settings', title: panelWords.settings, load: () => import('./settings/settings') },
}

const viewOf = (panel: Panel | undefined): View | undefined =>
  panel === undefined ? undefined : VIEWS[typeof panel === 'string' ? panel : 'person']

export class PanelView extends Part {
  protected readonly concerns = PANEL
  #shown: Panel | undefined
  #opener: HTMLElement | undefined
  /** Whether a person was opened from the list, where the way back leads. */
  #fromPeople = false

  override connectedCallback(): void {
    super.connectedCallback()
    wear(this, popups, panels)
  }

  protected override render() {
    const view = viewOf(this.chat.panel)
    if (!view) return nothing
    const title = view.title()
    return html`<aside class="side" aria-label=${title} @keydown=${this.#key}>
      <header class="head"><button class="iconb back" type="button" aria-label=${words.back()} @click=${this.#close}>${icon('back')}</button><h2>${title}</h2></header>
      <div class="side-body"></div>
    </aside>`
  }

  protected override updated(): void {
    const { panel } = this.chat
    if (panel === this.#shown) return
    if (this.#shown === undefined) this.#opener = focused(this)
    this.#fromPeople = typeof panel === 'object' && (this.#shown === 'people' || this.#fromPeople)
    this.#shown = panel
    const view = viewOf(panel)
    if (view) void this.#show(view, panel)
    else this.#giveBack()
  }

  async #show(view: View, panel: Panel | undefined): Promise<void> {
    this.querySelector<HTMLElement>('.back')?.focus({ preventScroll: true })
    const loaded = await late(this.chat, view.load)
    if (this.chat.panel !== panel) return
    if (!loaded) {
      // What is missing is said beneath.
      this.chat.open(undefined)
      return
    }
    const shown = document.createElement(view.tag) as HTMLElement & { chat: Chat }
    shown.chat = this.chat
    this.querySelector('.side-body')?.replaceChildren(shown)
  }

  #giveBack(): void {
    if (this.#opener?.isConnected) this.#opener.focus({ preventScroll: true })
    this.#opener = undefined
  }

  readonly #close = (): void => this.chat.open(this.#fromPeople ? 'people' : undefined)

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.defaultPrevented) return
    event.preventDefault()
    this.#close()
  }
}

define('parterre-panel', PanelView)
