// Where one writes, or first takes a name, or is told why neither is possible. What is typed stays through all of it.

import { html, nothing } from 'lit'
import { attempt } from '../../attempt'
import { Changed } from '../../room/room'
import { words } from '../../words/words'
import { INTENT, PREFERENCES } from '../chat'
import { drawNotice, instead, lacking, offline, signIn, type Act, type Notice } from '../notices'
import { outage } from '../outage'
import { Part, define, focused } from '../part'
import type { ofTrouble } from '../troubles'
import './field'
import { drawName } from './name'

export class Composer extends Part {
  protected readonly concerns = Changed.state | INTENT | PREFERENCES
  #timer: ReturnType<typeof setTimeout> | undefined
  #chosen = false
  /** Says what a trouble is; it comes with the first. */
  #ofTrouble: typeof ofTrouble | undefined
  #hadFocus = false

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  protected override willUpdate(): void {
    const active = focused(this)
    this.#hadFocus = active !== undefined && this.contains(active)
    const { room } = this.chat
    if (!this.#chosen || room.phase !== 'joined' || room.me.anonymous) return
    // The room has taken the name that was chosen: it is the one for the next visit, too.
    this.#chosen = false
    if (!room.me.account) this.chat.prefer({ nick: room.me.nick })
  }

  protected override render() {
    const { chat } = this
    const now = Date.now()
    const lost = outage(chat.room.connectivity, now)
    this.#lookAgain(lost.again)
    const { trouble } = chat.room
    if (trouble && !this.#ofTrouble) {
      void this.#learnTroubles()
      return html`<div class="foot" part="composer"><div class="bar"></div></div>`
    }
    const notice = trouble && this.#ofTrouble ? this.#ofTrouble(trouble, signIn(chat.room, chat.door.canLogin)) : instead(chat.room, chat.door.canLogin)
    if (notice) return html`<div class="foot" part="composer">${drawNotice(notice, this.#act)}</div>`
    const above = offline(lost, now) ?? (chat.lacking && chat.room.online ? lacking() : undefined)
    return html`<div class="foot" part="composer">
      ${above ? drawNotice(above, this.#act) : nothing}
      ${chat.room.me.anonymous ? drawName(chat, this.#take, this.#login) : html`<parterre-field .chat=${chat} .off=${lost.is === 'offline'}></parterre-field>`}
    </div>`
  }

  protected override updated(): void {
    // Who took a name goes on to write; who only looks is left alone.
    if (this.#hadFocus && focused(this) === undefined) {
      void Promise.resolve().then(() => this.querySelector<HTMLElement>('textarea, input')?.focus({ preventScroll: true }))
    }
  }

  async #learnTroubles(): Promise<void> {
    const known = await attempt(() => import('../troubles'))
    // Without words of its own a trouble is at least something to try again after.
    const plain = (): Notice => ({ tone: 'plain', icon: 'info', title: words.youLeft(), act: { is: 'enter', text: words.tryAgain() } })
    this.#ofTrouble = known?.ofTrouble ?? plain
    this.requestUpdate()
  }

  readonly #take = (nick: string): void => {
    this.#chosen = true
    this.chat.room.takeNick(nick)
  }

  readonly #login = (): void => this.chat.door.login()

  readonly #act = (what: Act): void => {
    const { room, door } = this.chat
    if (what === 'come-back') room.comeBack()
    else if (what === 'enter') door.enter()
    else if (what === 'login') door.login()
    else if (what === 'reload') location.reload()
    else room.session.retry()
  }

  #lookAgain(wait: number | undefined): void {
    clearTimeout(this.#timer)
    if (wait !== undefined) this.#timer = setTimeout(() => this.chat.changed(Changed.state), wait)
  }

}

define('parterre-composer', Composer)
