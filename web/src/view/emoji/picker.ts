// The emoji picker, loaded when it is first opened: what is often used, then all, by groups or by a search. The grid is
// one tab stop; arrows go through it.

import { LitElement, html, nothing } from 'lit'
import { attempt } from '../../attempt'
import { emojiWords as words } from '../../words/emoji'
import { words as common, language } from '../../words/words'
import { define } from '../part'
import { popups } from '../styles/popups'
import { wear } from '../styles/sheet'
import { GROUPS } from './data'
import { groupsOf, often, search, used, type Emoji, type Group } from './search'

const TITLES = [
  words.smileys,
  words.peopleAndBody,
  words.nature,
  words.food,
  words.travel,
  words.activities,
  words.objects,
  words.symbols,
  words.flags,
]
const COLUMNS = 8
/** Names there are in these languages, each loaded when it is spoken. */
const NAMES = import.meta.glob<{ NAMES: string[] }>('./names-*.ts')

export class EmojiPicker extends LitElement {
  static override properties = { pick: { attribute: false }, close: { attribute: false }, pictures: { attribute: false } }
  /** The page's own emoji, addresses by `:name:`; none where only characters will do. */
  pictures: ReadonlyMap<string, string> = new Map()
  /** Told what was picked. */
  pick: (text: string) => void = () => undefined
  /** Told that the picker is to be closed. */
  close: () => void = () => undefined
  #groups: readonly Group[] = []
  #often: readonly string[] = often()
  #query = ''
  #at = 0

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  override connectedCallback(): void {
    super.connectedCallback()
    wear(this, popups)
    addEventListener('pointerdown', this.#outside, true)
    void this.#load()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener('pointerdown', this.#outside, true)
  }

  async #load(): Promise<void> {
    const names = NAMES[`./names-${language()}.ts`] ?? NAMES['./names-en.ts']
    const { NAMES: list } = (names && (await attempt(names))) ?? { NAMES: [] }
    this.#groups = groupsOf(GROUPS, list, language())
    this.requestUpdate()
  }

  protected override firstUpdated(): void {
    // On touch the field would bring a keyboard up, over what is to be picked.
    if (!matchMedia('(pointer: coarse)').matches) this.querySelector('input')?.focus({ preventScroll: true })
  }

  protected override render() {
    let at = 0
    const sections = this.#sections().map(([title, emoji]) => {
      const first = at
      at += emoji.length
      return html`<h3 id="parterre-emoji-${first}">${title}</h3><div class="grid" role="group" aria-labelledby="parterre-emoji-${first}">${emoji.map((one, index) => this.#cell(one, first + index))}</div>`
    })
    return html`<div class="pop emoji-pop" role="dialog" aria-label=${common.emoji()} @keydown=${this.#key}>
      <label class="find"><input type="search" .value=${this.#query} placeholder=${words.searchEmoji()} aria-label=${words.searchEmoji()} autocomplete="off" spellcheck="false" @input=${this.#search} /></label>
      <div class="emoji-all">${sections}${this.#query && at === 0 ? html`<p class="note" role="status">${words.noEmoji()}</p>` : nothing}</div>
    </div>`
  }

  #sections(): [string, readonly Emoji[]][] {
    if (this.#query.trim()) {
      const found = search([this.#own, ...this.#groups], this.#query)
      return found.length > 0 ? [[words.found(), found]] : []
    }
    const own = this.#own
    const all = new Map([own, ...this.#groups].flat().map((one) => [one.text, one]))
    // What was used in another chat may not be there in this one.
    const mine = this.#often.flatMap((text) => all.get(text) ?? (text.startsWith(':') ? [] : { text, name: text, words: '' }))
    const ownSection: [string, Group][] = own.length > 0 ? [[words.ofThisChat(), own]] : []
    return [[words.oftenUsed(), mine], ...ownSection, ...this.#groups.map((group, index): [string, Group] => [TITLES[index]?.() ?? '', group])]
  }

  get #own(): Group {
    return [...this.pictures.keys()].map((text) => ({ text, name: text, words: text.slice(1, -1).toLowerCase() }))
  }

  #cell(one: Emoji, at: number) {
    const picture = this.pictures.get(one.text)
    return html`<button type="button" tabindex=${at === this.#at ? 0 : -1} title=${one.name} aria-label=${one.name} data-text=${one.text} @click=${this.#press} @focus=${() => this.#stand(at)}>${picture === undefined ? one.text : html`<img class="emoji" src=${picture} alt="" loading="lazy" decoding="async" referrerpolicy="no-referrer" />`}</button>`
  }

  #stand(at: number): void {
    if (at === this.#at) return
    const cells = this.#cells()
    cells[this.#at]?.setAttribute('tabindex', '-1')
    cells[at]?.setAttribute('tabindex', '0')
    this.#at = at
  }

  #cells(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>('.grid button')]
  }

  readonly #press = (event: Event): void => {
    const text = (event.currentTarget as HTMLElement).dataset['text']
    if (text) this.#take(text)
  }

  #take(text: string): void {
    used(text)
    this.pick(text)
  }

  readonly #search = (event: Event): void => {
    this.#query = (event.currentTarget as HTMLInputElement).value
    this.#at = 0
    this.requestUpdate()
    this.querySelector('.emoji-all')?.scrollTo(0, 0)
  }

  readonly #outside = (event: Event): void => {
    const root = this.getRootNode()
    const near = root instanceof ShadowRoot ? root.querySelector('.foot') : this
    if (!near || !event.composedPath().includes(near)) this.close()
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      this.close()
    } else if (event.target instanceof HTMLInputElement) {
      if (event.isComposing || (event.key !== 'ArrowDown' && event.key !== 'Enter')) return
      const first = this.#cells()[0]
      if (event.key === 'ArrowDown') first?.focus()
      else if (this.#query.trim()) first?.click()
    } else if (!this.#walk(event)) {
      return
    }
    event.preventDefault()
    event.stopPropagation()
  }

  /** Arrows through the grid. */
  #walk(event: KeyboardEvent): boolean {
    const cells = this.#cells()
    const inline = this.matches(':dir(rtl)') ? -1 : 1
    const steps: Partial<Record<string, number>> = {
      ArrowRight: inline,
      ArrowLeft: -inline,
      ArrowDown: COLUMNS,
      ArrowUp: -COLUMNS,
      Home: -cells.length,
      End: cells.length,
    }
    const by = steps[event.key]
    if (by === undefined) return false
    if (event.key === 'ArrowUp' && this.#at < COLUMNS) this.querySelector('input')?.focus()
    else cells[Math.min(Math.max(this.#at + by, 0), cells.length - 1)]?.focus()
    return true
  }
}

define('parterre-emoji', EmojiPicker)
