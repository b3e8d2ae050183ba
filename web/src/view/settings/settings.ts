// What one sets for oneself: applied as touched, kept on the device.

import { html, nothing, type TemplateResult } from 'lit'
import { Changed } from '../../room/room'
import { panelWords as words } from '../../words/panels'
import { LANGUAGES, nameOf, words as common } from '../../words/words'
import type { Preferences } from '../../preferences'
import { PREFERENCES } from '../chat'
import { Part, define } from '../part'

/** Steps of the text size, in percent. */
const SIZES = [85, 100, 115, 130, 150, 175, 200]

type Choice<Value> = readonly [value: Value, text: string]

export class Settings extends Part {
  protected readonly concerns = PREFERENCES | Changed.state

  protected override render() {
    const { room } = this.chat
    return html`<div class="sheet">
      ${room.me.account || room.me.anonymous ? nothing : this.#name()}
      ${this.#choice('theme', words.theme(), [['auto', words.auto()], ['light', words.light()], ['dark', words.dark()]])}
      ${this.#size()}
      ${this.#choice('spacing', words.spacing(), [['auto', words.auto()], ['compact', words.compact()], ['roomy', words.roomy()]])}
      ${this.#switch('showTimes', words.showTimes())}
      ${this.#switch('lessMotion', words.lessMotion(), this.#still() ? words.lessMotionHint() : undefined)}
      ${this.#switch('dataSaver', words.dataSaver(), words.dataSaverHint())}
      ${room.moderates ? this.#switch('showComings', words.showComings(), words.showComingsHint()) : nothing}
      ${this.#list('readAloud', words.readAloud(), words.readAloudHint(), [
        ['digest', words.digest()],
        ['everything', words.everything()],
        ['to-me', words.onlyToMe()],
        ['nothing', words.nothing()],
      ])}
      ${this.#list('language', words.language(), undefined, [['', words.asPage()], ...LANGUAGES.map((tag) => [tag, nameOf(tag)] as const)])}
      <p class="note">${words.kept()}</p>
    </div>`
  }

  #still(): boolean {
    return matchMedia('(prefers-reduced-motion: reduce)').matches
  }

  #row(label: string, hint: string | undefined, control: TemplateResult, id: string) {
    return html`<div class="row"><span><label id="parterre-set-${id}">${label}</label>${hint ? html`<small>${hint}</small>` : nothing}</span>${control}</div>`
  }

  /** A few choices, side by side: a group of radio buttons, of which the arrows choose. */
  #choice<Key extends 'theme' | 'spacing'>(key: Key, label: string, choices: readonly Choice<Preferences[Key]>[]) {
    const value = this.chat.preferences[key]
    const choose = (chosen: Preferences[Key]): void => this.chat.prefer({ [key]: chosen })
    const arrow = (event: KeyboardEvent): void => {
      const by = step(event)
      if (by === 0) return
      event.preventDefault()
      const at = choices.findIndex(([one]) => one === value)
      const next = (at + by + choices.length) % choices.length
      const chosen = choices[next]
      if (chosen) choose(chosen[0])
      const group = event.currentTarget as HTMLElement
      group.querySelectorAll('button')[next]?.focus()
    }
    const buttons = choices.map(
      ([one, text]) =>
        html`<button type="button" role="radio" aria-checked=${one === value} tabindex=${one === value ? 0 : -1} class=${one === value ? 'sel' : ''} @click=${() => choose(one)}>${text}</button>`,
    )
    return this.#row(label, undefined, html`<span class="seg" role="radiogroup" aria-labelledby="parterre-set-${key}" @keydown=${arrow}>${buttons}</span>`, key)
  }

  #size() {
    const { textSize } = this.chat.preferences
    const smaller = SIZES.findLast((size) => size < textSize)
    const larger = SIZES.find((size) => size > textSize)
    const set = (size: number | undefined): void => {
      if (size !== undefined) this.chat.prefer({ textSize: size })
    }
    const control = html`<span class="seg" role="group" aria-labelledby="parterre-set-size"><button type="button" aria-disabled=${smaller === undefined} @click=${() => set(smaller)}><span aria-hidden="true">A−</span><span class="vh">${words.smaller()}</span></button><button type="button" class="sel" aria-label=${`${words.percent(textSize)}: ${words.usualSize()}`} aria-live="polite" @click=${() => set(100)}>${words.percent(textSize)}</button><button type="button" aria-disabled=${larger === undefined} @click=${() => set(larger)}><span aria-hidden="true">A+</span><span class="vh">${words.larger()}</span></button></span>`
    return this.#row(words.textSize(), undefined, control, 'size')
  }

  #switch(key: 'showTimes' | 'lessMotion' | 'dataSaver' | 'showComings', label: string, hint?: string) {
    const on = this.chat.preferences[key]
    const control = html`<button class="sw" type="button" role="switch" aria-checked=${on} aria-labelledby="parterre-set-${key}" @click=${() => this.chat.prefer({ [key]: !on })}></button>`
    return this.#row(label, hint, control, key)
  }

  #list<Key extends 'readAloud' | 'language'>(key: Key, label: string, hint: string | undefined, choices: readonly Choice<Preferences[Key]>[]) {
    const value = this.chat.preferences[key]
    const choose = (event: Event): void => {
      const chosen = choices[(event.currentTarget as HTMLSelectElement).selectedIndex]
      if (chosen) this.chat.prefer({ [key]: chosen[0] })
    }
    const control = html`<select class="pick" aria-labelledby="parterre-set-${key}" @change=${choose}>${choices.map(
      ([one, text]) => html`<option value=${one} ?selected=${one === value} lang=${key === 'language' && one ? one : nothing}>${text}</option>`,
    )}</select>`
    return this.#row(label, hint, control, key)
  }

  /** The name one writes under, for those who chose it themselves. */
  #name() {
    const { room } = this.chat
    const take = (event: SubmitEvent): void => {
      event.preventDefault()
      const field = this.querySelector('input')
      const nick = field?.value.trim() ?? ''
      if (!nick || nick === room.me.nick) return
      room.takeNick(nick)
      this.chat.prefer({ nick })
    }
    const refused = room.nickRefused
    const hint = refused ? (refused.why === 'taken' ? common.nameTaken() : common.nameRefused()) : words.nameHint()
    return html`<form class="row" @submit=${take}><span><label for="parterre-set-nick">${words.name()}</label><small class=${refused ? 'err' : ''} role=${refused ? 'status' : nothing}>${hint}</small></span>
      <span class="name-field"><input id="parterre-set-nick" class="pick" maxlength="40" autocomplete="nickname" spellcheck="false" .value=${room.me.nick} /><button class="btn ghost" type="submit">${words.change()}</button></span></form>`
  }
}

/** By how many choices an arrow moves; the inline ones go with the direction of the text. */
function step(event: KeyboardEvent): number {
  if (event.key === 'ArrowDown') return 1
  if (event.key === 'ArrowUp') return -1
  if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return 0
  const rtl = (event.currentTarget as HTMLElement).matches(':dir(rtl)')
  return (event.key === 'ArrowRight') === rtl ? -1 : 1
}

define('parterre-settings', Settings)
