// `<parterre-chat>`: what a page embeds. Attributes and properties come in; events go out; see docs/embedding.md.

import { LitElement, html, nothing, type PropertyValues } from 'lit'
import { property, state } from 'lit/decorators.js'
import { load as loadPreferences } from '../preferences'
import { NoPlace, find, type Place } from '../place'
import { Changed, Room } from '../room/room'
import { claims, type Identity } from '../xmpp/negotiation'
import { isRightToLeft, speak, words } from '../words/words'
import { Chat } from './chat'
import './composer'
import './log'
import { define } from './part'
import { styles } from './styles'

/** Gives a token (JWT) for the person who is logged in to the page, or nothing if nobody is. Asked before each login. */
export type TokenProvider = () => Promise<string | undefined> | string | undefined

export class ParterreChat extends LitElement {
  static override styles = styles

  @property() server = ''
  @property() room = ''
  @property() domain = ''
  @property() accounts = ''
  @property() token = ''
  @property({ attribute: false }) tokenProvider: TokenProvider | undefined
  @property() nick = ''
  @property() override lang = ''
  @property({ reflect: true }) theme = ''
  /** `chat` beside something, `page` on a page of its own, `embed` in a frame. */
  @property({ reflect: true }) mode: 'chat' | 'page' | 'embed' = 'chat'
  @state() private chat: Chat | undefined
  @state() private problem = ''
  #unsubscribe: (() => void) | undefined
  #count: number | undefined
  #joined = false

  override connectedCallback(): void {
    super.connectedCallback()
    document.addEventListener('visibilitychange', this.#seen)
    addEventListener('pagehide', this.#pageHide)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    document.removeEventListener('visibilitychange', this.#seen)
    removeEventListener('pagehide', this.#pageHide)
    this.leave()
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const another = ['server', 'room', 'domain', 'accounts', 'token'].some((name) => changed.has(name as keyof ParterreChat))
    if (another && this.isConnected) void this.#open()
    if (changed.has('lang')) void this.#speak()
  }

  /** Says something in the room, as if it had been typed. Gives false if that is not possible now. */
  send(text: string): boolean {
    if (!this.chat?.room.canWrite || !text.trim()) return false
    this.chat.room.say(text)
    return true
  }

  /** Puts the caret where one writes. */
  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>('.foot :is(textarea, input)')?.focus(options)
  }

  /** Leaves the room; setting `room` again enters one. */
  leave(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    this.chat?.room.leave()
    this.chat = undefined
    this.#joined = false
  }

  async #open(): Promise<void> {
    this.leave()
    this.problem = ''
    let place
    try {
      place = await find(this, document.baseURI, import.meta.url)
    } catch (error) {
      this.problem = error instanceof NoPlace ? error.message : words.connecting()
      this.#emit('error', { message: String(error) })
      return
    }
    if (!this.isConnected) return
    this.#enter(place)
  }

  #enter(place: Place): void {
    const preferences = loadPreferences()
    const room: Room = new Room({
      jid: place.room,
      url: place.url,
      identity: () => this.#identity(place),
      nick: this.nick || this.#nickOfToken() || preferences.nick || undefined,
      changed: (what) => {
        this.#tell(room, what)
        chat.changed(what)
      },
      said: (message) => this.#emit('message', { message }),
    })
    const chat = new Chat(room, this)
    this.chat = chat
    this.#unsubscribe = chat.subscribe(() => this.requestUpdate())
    room.session.hidden = document.hidden
    room.enter()
  }

  async #identity(place: Place): Promise<Identity> {
    const token = (await this.tokenProvider?.()) ?? this.token
    if (token) return { kind: 'token', domain: place.accounts, token }
    return { kind: 'anonymous', domain: place.anonymous ?? place.accounts }
  }

  #nickOfToken(): string | undefined {
    const nick = this.token ? claims(this.token)['nick'] : undefined
    return typeof nick === 'string' ? nick : undefined
  }

  #tell(room: Room, what: number): void {
    if (!(what & Changed.state)) return
    if (room.phase === 'joined' && !this.#joined) this.#emit('joined', { room: room.jid, nick: room.me.nick })
    this.#joined = room.phase === 'joined'
    if (room.count !== this.#count) this.#emit('count', { count: room.count })
    this.#count = room.count
    if (room.trouble) this.#emit('error', { condition: room.trouble.is })
  }

  #emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }))
  }

  async #speak(): Promise<void> {
    await speak([this.lang, document.documentElement.lang, ...navigator.languages].filter(Boolean))
    this.chat?.refresh()
    this.requestUpdate()
  }

  readonly #seen = (): void => this.chat?.seen()

  readonly #pageHide = (event: PageTransitionEvent): void => {
    // A page that may come back out of the browser's cache keeps its session to be resumed.
    if (!event.persisted) this.leave()
  }

  protected override render() {
    const { chat } = this
    if (!chat) return html`<section class="pc">${this.problem || nothing}</section>`
    return html`<section class="pc" data-theme="light" dir=${isRightToLeft() ? 'rtl' : 'ltr'} aria-label=${words.title()}>
      <header class="head" part="header"><h2>${words.title()}</h2><span class="count">${
        chat.room.count === undefined ? nothing : words.here(chat.room.count)
      }</span></header>
      <div class="stage"><parterre-log .chat=${chat}></parterre-log></div>
      <parterre-composer .chat=${chat}></parterre-composer>
    </section>`
  }
}

define('parterre-chat', ParterreChat)
