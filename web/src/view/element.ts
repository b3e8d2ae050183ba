// `<parterre-chat>`: what a page embeds. Attributes and properties come in; events go out; see docs/embedding.md.

import { LitElement, html, nothing, type PropertyValues } from 'lit'
import { load as loadPreferences } from '../preferences'
import { NoPlace, find, type Place } from '../place'
import { Changed, Room } from '../room/room'
import type { Message } from '../room/types'
import type { Identity } from '../xmpp/negotiation'
import { picturesOf } from '../text/pictures'
import { isRightToLeft, language, speak, words } from '../words/words'
import { Chat, PANEL, PREFERENCES } from './chat'
import './composer/composer'
import { Outbox } from './composer/outbox'
import { ElementDoor } from './door'
import { frameOf } from './frame'
import './header/header'
import { icon } from './icons'
import { lack } from './late'
import './log'
import { define } from './part'
import { styles } from './styles'
import { Surroundings } from './surroundings'
import { dress, meant } from './theme'

/** Gives a token (JWT) for the person who is logged in to the page, or nothing if nobody is. Asked before each login. */
export type TokenProvider = () => Promise<string | undefined> | string | undefined

/** The events of the element, each with what it tells. */
export interface ParterreChatEventMap {
  /** One is in the room. */
  joined: CustomEvent<{ readonly room: string; readonly nick: string }>
  /** Somebody has said something, just now. */
  message: CustomEvent<{ readonly message: Message }>
  /** How many are here, or that this is not known. */
  count: CustomEvent<{ readonly count: number | undefined }>
  /** Something is in the way: the condition, or what is wrong with the page. */
  error: CustomEvent<{ readonly condition: string; readonly message?: string }>
  /** The person wants to be logged in by the page. Prevent its default if the page does so. */
  login: CustomEvent<undefined>
}

/** What makes another room, or another person, of it. */
const PLACE = ['server', 'room', 'domain', 'accounts', 'token', 'tokenProvider', 'nick'] as const

export class ParterreChat extends LitElement {
  static override styles = styles

  static override properties = {
    server: {},
    room: {},
    domain: {},
    accounts: {},
    token: {},
    tokenProvider: { attribute: false },
    nick: {},
    lang: {},
    theme: { reflect: true },
    mode: { reflect: true },
    canLogin: { type: Boolean, attribute: 'can-login' },
    ownPage: { attribute: 'own-page' },
    anonymousNick: { attribute: 'anonymous-nick' },
    emoji: { attribute: false },
    chat: { state: true },
    problem: { state: true },
  }

  server = ''
  room = ''
  domain = ''
  accounts = ''
  token = ''
  tokenProvider: TokenProvider | undefined
  nick = ''
  override lang = ''
  theme = ''
  /** `chat` beside something, `page` on a page of its own, `embed` in a frame. */
  mode: 'chat' | 'page' | 'embed' = 'chat'
  /** Whether the page can log people in: then the chat offers it, and says so by the event `login`. */
  canLogin = false
  /** The address of the chat on a page of its own, for the menu. */
  ownPage = ''
  /** The word of nicks that nobody has chosen, where it is not the server that says it. */
  anonymousNick = ''
  /** Emoji of the page's own: addresses of pictures by names, written `:name:`. */
  emoji: Readonly<Record<string, string>> | undefined
  private chat: Chat | undefined
  private problem: 'none' | 'no-place' | 'unreachable' = 'none'
  readonly #surroundings = new Surroundings(this, () => this.#dress())
  #unsubscribe: (() => void) | undefined
  #outbox: Outbox | undefined
  #count: number | undefined
  #joined = false
  #trouble: unknown
  #turn = 0

  override connectedCallback(): void {
    super.connectedCallback()
    document.addEventListener('visibilitychange', this.#seen)
    addEventListener('pagehide', this.#pageHide)
    this.#surroundings.watch()
    // Put back into a page, it comes in again.
    if (this.hasUpdated && this.room) this.enter()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    document.removeEventListener('visibilitychange', this.#seen)
    removeEventListener('pagehide', this.#pageHide)
    this.#surroundings.forget()
    this.leave()
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (PLACE.some((name) => changed.has(name)) && this.isConnected) this.enter()
    if (changed.has('lang')) void this.#speak()
    if (changed.has('emoji') && this.chat) this.#furnish(this.chat)
  }

  protected override updated(): void {
    this.#dress()
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

  /** Comes in, or leaves and comes in anew: with another token of the provider's, or after {@link leave}. */
  enter(): void {
    void this.#open()
  }

  /** Leaves the room; {@link enter} comes in again. */
  leave(): void {
    // Whoever was on the way in has turned back.
    this.#turn += 1
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    this.#outbox?.close()
    this.#outbox = undefined
    this.chat?.room.leave()
    this.chat = undefined
    this.#joined = false
  }

  override addEventListener<Name extends keyof ParterreChatEventMap>(
    type: Name,
    listener: (this: ParterreChat, event: ParterreChatEventMap[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void
  override addEventListener<Name extends keyof HTMLElementEventMap>(
    type: Name,
    listener: (this: HTMLElement, event: HTMLElementEventMap[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void
  override addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void
  /** As every element's; here so that the types of the events are known. */
  override addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(type, listener, options)
  }

  async #open(): Promise<void> {
    this.leave()
    this.problem = 'none'
    const turn = ++this.#turn
    let place
    try {
      place = await find(this, document.baseURI, import.meta.url)
    } catch (error) {
      if (turn !== this.#turn) return
      this.problem = error instanceof NoPlace ? 'no-place' : 'unreachable'
      const message = error instanceof Error ? error.message : String(error)
      if (this.problem === 'no-place') console.error(`<parterre-chat>: ${message}`)
      this.#emit('error', { condition: this.problem, message })
      return
    }
    // Something may have been set anew meanwhile: the last one wins.
    if (this.isConnected && turn === this.#turn) this.#enter(place)
  }

  #enter(place: Place): void {
    const preferences = loadPreferences()
    const door = new ElementDoor(
      this,
      place,
      () => this.#emit('login', undefined),
      () => this.enter(),
    )
    const room: Room = new Room({
      jid: place.room,
      url: place.url,
      identity: () => this.#identity(place),
      nick: this.nick || undefined,
      remembered: preferences.nick || undefined,
      anonymous: place.anonymousNick,
      changed: (what) => {
        this.#tell(room, what)
        chat.changed(what)
      },
      hides: (sender) => chat.hidden.has(sender),
      said: (message) => this.#emit('message', { message }),
    })
    const chat = new Chat(room, this, door)
    this.#furnish(chat)
    this.chat = chat
    this.#outbox = new Outbox(chat)
    this.#unsubscribe = chat.subscribe((what) => {
      if (what & PREFERENCES) void this.#speak()
      if (what & (PANEL | PREFERENCES)) this.requestUpdate()
    })
    room.session.hidden = document.hidden
    room.enter()
  }

  async #identity(place: Place): Promise<Identity> {
    const token = (await this.tokenProvider?.()) ?? this.token
    if (token) return { kind: 'token', domain: place.accounts, token }
    return { kind: 'anonymous', domain: place.anonymous ?? place.accounts }
  }

  #furnish(chat: Chat): void {
    chat.pictures = picturesOf(this.emoji, document.baseURI)
    chat.changed(Changed.log)
  }

  #tell(room: Room, what: number): void {
    if (!(what & Changed.state)) return
    if (room.phase === 'joined' && !this.#joined) this.#emit('joined', { room: room.jid, nick: room.me.nick })
    this.#joined = room.phase === 'joined'
    if (room.count !== this.#count) this.#emit('count', { count: room.count })
    this.#count = room.count
    if (room.trouble && room.trouble !== this.#trouble) this.#emit('error', { condition: room.trouble.is })
    this.#trouble = room.trouble
  }

  #emit<Name extends keyof ParterreChatEventMap>(name: Name, detail: ParterreChatEventMap[Name]['detail']): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: name === 'login' }))
  }

  async #speak(): Promise<void> {
    const before = language()
    const chosen = this.chat?.preferences.language ?? loadPreferences().language
    const page = document.documentElement
    // Where the chat is the page, the page speaks as the chat does.
    const whole = this.mode === 'page' || this.mode === 'embed'
    const spoken = await speak([chosen, this.lang, whole ? '' : page.lang, ...navigator.languages].filter(Boolean))
    if (whole) page.lang = language()
    if (!spoken && this.chat) lack(this.chat, true)
    if (language() === before) return
    this.chat?.refresh()
    this.requestUpdate()
  }

  /** Colours and sizes: by what the reader has set, what the page says, and how much room there is. */
  #dress(): void {
    const frame = this.renderRoot.querySelector<HTMLElement>('.pc')
    if (!frame) return
    const preferences = this.chat?.preferences ?? loadPreferences()
    const { width, height, touch } = this.#surroundings
    const { classes, beside } = frameOf(width, height, touch, preferences)
    frame.className = ['pc', ...classes].join(' ')
    frame.style.setProperty('--scale', String(preferences.textSize / 100))
    frame.style.setProperty('--tall', `${String(Math.round(height * 0.4))}px`)
    dress(frame, this, meant(preferences.theme, this.theme))
    // What lies under a panel can't be reached.
    const main = frame.querySelector<HTMLElement>('.main')
    if (main) main.inert = !beside && this.chat?.panel !== undefined
  }

  readonly #seen = (): void => this.chat?.seen()

  readonly #pageHide = (event: PageTransitionEvent): void => {
    // A page that may come back out of the browser's cache keeps its session to be resumed.
    if (!event.persisted) this.leave()
  }

  protected override render() {
    const direction = isRightToLeft() ? 'rtl' : 'ltr'
    return html`<section class="pc" lang=${language()} dir=${direction} aria-label=${words.title()}>${this.chat ? this.#inside(this.chat) : this.#outside()}</section>`
  }

  #inside(chat: Chat) {
    return html`<div class="main">
        <parterre-header .chat=${chat}></parterre-header>
        <div class="stage"><parterre-log .chat=${chat}></parterre-log></div>
        <parterre-composer .chat=${chat}></parterre-composer>
      </div>
      <parterre-panel .chat=${chat}></parterre-panel>`
  }

  #outside() {
    if (this.problem === 'none') return nothing
    const [title, hint] =
      this.problem === 'no-place' ? [words.noPlace(), words.noPlaceHint()] : [words.unreachable(), words.unreachableHint()]
    return html`<div class="main"><header class="head" part="header"><h2>${words.title()}</h2></header>
      <div class="stage"></div>
      <div class="foot"><div class="bar warn" role="status">${icon('off')}<span><b>${title}</b>${hint}</span><button class="linkb" type="button" @click=${() => this.enter()}>${words.tryAgain()}</button></div></div></div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parterre-chat': ParterreChat
  }
}

define('parterre-chat', ParterreChat)
