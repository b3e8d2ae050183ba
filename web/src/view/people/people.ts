// People: hosts and moderators, who has written, and the others as a number. Moderators may read the others' names, too,
// a page at a time, when they ask for them.

import { html, nothing } from 'lit'
import { Changed } from '../../room/room'
import type { Occupant } from '../../room/types'
import { moderatingWords as words } from '../../words/moderating'
import { icon } from '../more-icons'
import { deskOf } from '../moderation/desk'
import { Part, define } from '../part'
import { wear } from '../styles/moderation'
import { Audience } from './audience'
import { personRow } from './row'
import { windowOf, type Window } from './window'

/** Milliseconds after the last key before the server is asked. */
const PAUSE = 250
/** Most of those who have written that are drawn; who looks for another searches. */
const MOST_WRITTEN = 300

export class PeopleView extends Part {
  protected readonly concerns = Changed.people | Changed.state
  #search = ''
  #audience: Audience | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #scroller: Element | undefined
  #row = 0
  #window: Window = { first: 0, end: 0 }

  override connectedCallback(): void {
    super.connectedCallback()
    wear(this)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
    this.#scroller?.removeEventListener('scroll', this.#scrolled)
  }

  protected override render() {
    const { room } = this.chat
    const found = this.#found()
    const staff = found.filter(isStaff)
    const written = found.filter((one) => !isStaff(one) && one.said > 0)
    return html`<div class="people">
      <label class="find">${icon('search')}<input type="search" maxlength="64" autocomplete="off" placeholder=${room.moderates ? words.findAnyone() : words.findName()} aria-label=${room.moderates ? words.findAnyone() : words.findName()} @input=${this.#find} /></label>
      ${staff.length > 0 ? html`<h3>${words.staff()}</h3><ul>${staff.map((one) => this.#person(one))}</ul>` : nothing}
      ${written.length > 0 ? html`<h3>${words.haveWritten(written.length)}</h3><ul>${written.slice(0, MOST_WRITTEN).map((one) => this.#person(one))}</ul>` : nothing}
      ${room.moderates ? this.#watching() : html`<p class="note others">${found.length === 0 && this.#search ? words.nobodyFound() : words.othersWatch()}</p>`}
    </div>`
  }

  protected override updated(): void {
    const list = this.querySelector<HTMLElement>('.watching')
    if (!list) return
    const row = this.#row || (list.querySelector<HTMLElement>('li')?.offsetHeight ?? 0)
    list.style.setProperty('padding-block', `${String(this.#window.first * row)}px ${String(((this.#audience?.people.length ?? 0) - this.#window.end) * row)}px`)
    const scroller = this.querySelector('.people') ?? undefined
    if (scroller !== this.#scroller) {
      this.#scroller?.removeEventListener('scroll', this.#scrolled)
      scroller?.addEventListener('scroll', this.#scrolled, { passive: true })
      this.#scroller = scroller
    }
    if (this.#row === 0 && row > 0) {
      this.#row = row
      this.#scrolled()
    }
  }

  /** Those who are known and whose name has what is searched for in it. */
  #found(): Occupant[] {
    const wanted = this.#search.toLowerCase()
    const { people } = this.chat.room
    const shown = people.all.filter((one) => (one.said > 0 || (isStaff(one) && one.here)) && one.nick.toLowerCase().includes(wanted))
    return shown.sort((a, b) => Number(b.affiliation === 'owner') - Number(a.affiliation === 'owner') || a.nick.localeCompare(b.nick))
  }

  #person(one: Occupant) {
    return html`<li>${personRow(this.chat, one, () => this.chat.open({ person: one.occupantId ?? one.nick }))}</li>`
  }

  // --- the audience -----------------------------------------------------------------------------------------

  #watching() {
    const audience = this.#audience
    if (!audience) {
      return html`<h3>${words.watchingOpen()}</h3><button class="linkb" type="button" @click=${this.#open}>${words.showWatching()}</button>`
    }
    const { people, count } = audience
    const { first, end } = this.#window
    return html`<h3>${count === undefined ? words.watchingOpen() : words.watching(count)}</h3>
      ${audience.failed ? html`<p class="note">${words.loadFailed()} <button class="linkb" type="button" @click=${this.#more}>${words.again()}</button></p>` : nothing}
      ${count === 0 && audience.complete ? html`<p class="note">${words.nobodyFound()}</p>` : nothing}
      <ul class="watching">${people.slice(first, Math.max(end, this.#row ? 0 : 8)).map(
        (one) => html`<li>${personRow(this.chat, { ...one, occupantId: undefined, avatar: undefined }, () => this.chat.open({ person: one.nick }), one.muted !== undefined)}</li>`,
      )}</ul>`
  }

  readonly #open = (): void => {
    const { moderation } = deskOf(this.chat)
    const known = (nick: string): boolean => this.#found().some((one) => one.nick === nick)
    this.#audience = new Audience(
      async (role, search, after) => {
        const page = await moderation.people(role, search, after)
        const people = page.people.filter((one) => !known(one.nick))
        return { ...page, people, count: Math.max(0, page.count - (page.people.length - people.length)) }
      },
      () => this.#scrolled(),
    )
    void this.#audience.search(this.#search)
  }

  readonly #more = (): void => void this.#audience?.more()

  readonly #find = (event: Event): void => {
    this.#search = (event.target as HTMLInputElement).value.trim()
    this.requestUpdate()
    clearTimeout(this.#timer)
    if (this.#audience) this.#timer = setTimeout(() => void this.#audience?.search(this.#search), PAUSE)
  }

  /** The part in view has changed, or what there is. */
  readonly #scrolled = (): void => {
    const audience = this.#audience
    const list = this.querySelector<HTMLElement>('.watching')
    if (audience && list && this.#scroller) {
      const view = this.#scroller.getBoundingClientRect()
      this.#window = windowOf(audience.people.length, view.top - list.getBoundingClientRect().top, view.height, this.#row)
      if (this.#window.end >= audience.people.length) void audience.more()
    }
    this.requestUpdate()
  }
}

const isStaff = (one: Occupant): boolean => one.role === 'moderator' || one.affiliation === 'owner' || one.affiliation === 'admin'

define('parterre-people', PeopleView)
