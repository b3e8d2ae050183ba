// One room as its occupant: joining, what is said, who is there, coming back.
//
// Enters: what the session brings, and what the person does. Leaves: a state, a log and people, and word that they have
// changed. It shows nothing; what it sends is plain XMPP, so that any server with rooms will do.

import { StanzaError } from '../xmpp/error'
import { bare, resource } from '../xmpp/jid'
import { claims, type Identity } from '../xmpp/negotiation'
import * as ns from '../xmpp/ns'
import { Session, type Connectivity } from '../xmpp/session'
import { attr, child, xml, type Markup } from '../xmpp/xml'
import { page, type Page } from './archive'
import { MessageLog } from './log'
import { mentions } from './mentions'
import { People } from './people'
import { readMessage, readPresence, readUntil, type PresenceEvent, type RoomEvent, type Said } from './read'
import { readSettings } from './settings'
import type { Me, Message, RoomSettings, Trouble } from './types'

/** What has changed; a bit each, so that changes add up. */
export const Changed = { log: 1, state: 2, people: 4 } as const

export interface RoomOptions {
  /** Address of the room. */
  readonly jid: string
  /** Address of the WebSocket. */
  readonly url: string
  /** As whom; asked before each login. */
  readonly identity: () => Identity | Promise<Identity>
  /** The name to write under, if one has been chosen. */
  readonly nick: string | undefined
  /** Told what has changed, at once; it must not take long. */
  readonly changed: (what: number) => void
  /** A message came in live. */
  readonly said?: (message: Message) => void
}

export type Phase = 'joining' | 'joined' | 'out'

/** Messages of history that are asked for on joining. */
const HISTORY = 50
/** Messages of one archive page. */
const PAGE = 50
/** Pages that are fetched after a lost session, before a gap is shown. */
const CATCH_UP_PAGES = 4
/** How often, and how many milliseconds apart at least, a room is tried that is not there or still locked. */
const LOCKED_TRIES = 3
const LOCKED_WAIT = 500
/** Between two attempts to enter a room that is full, in milliseconds; as much again is left to chance. */
const FULL_WAIT = 8_000

export class Room {
  readonly session: Session
  readonly people = new People()
  readonly log: MessageLog
  connectivity: Connectivity = { is: 'connecting', since: undefined }
  phase: Phase = 'joining'
  /** Whether the history has come. */
  ready = false
  me: Me
  trouble: Trouble | undefined
  /** Why the name that was wished for is not to be had. */
  nickRefused: { readonly nick: string; readonly why: 'taken' | 'not-allowed'; readonly free: string | undefined } | undefined
  settings: RoomSettings | undefined
  /** How many are here, as the server counts. */
  count: number | undefined
  /** Step of a server that has more to do than it can; 0 is none. */
  overload = 0
  /** When one may write again in slow mode, in milliseconds since 1970. */
  slowUntil = 0
  /** Whether the archive has no older messages. */
  complete = false
  /** Whether joins and leaves are shown. */
  showComings = false
  #nick: string
  #wished: string | undefined
  #tries = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #loading: Promise<void> | undefined
  #catchingUp: string | undefined
  #pages = new Map<string, RoomEvent[]>()

  constructor(readonly options: RoomOptions) {
    this.#nick = options.nick ?? anonymousNick()
    this.me = {
      nick: this.#nick,
      occupantId: undefined,
      role: 'none',
      affiliation: 'none',
      anonymous: options.nick === undefined,
      account: false,
      muted: undefined,
    }
    this.log = new MessageLog({
      author: (sender) => this.people.author(sender),
      isOwn: (sender) => this.#isOwn(sender),
      isModerator: (sender) => this.people.isModerator(sender),
      mentionsMe: (text) => !this.me.anonymous && mentions(text, this.me.nick),
    })
    this.session = new Session({
      url: options.url,
      identity: async () => {
        const identity = await options.identity()
        this.#knownAs(identity)
        return identity
      },
      early: () => (this.#mayJoin() ? [this.#join()] : []),
      listener: {
        bound: (_jid, early) => this.#bound(early),
        resumed: () => options.changed(Changed.state),
        stanza: (stanza) => this.#stanza(stanza),
        connectivity: (state) => this.#connectivity(state),
      },
    })
  }

  get jid(): string {
    return this.options.jid
  }

  /** Whether one may write now; if not, {@link me}, {@link settings} and {@link trouble} say why. */
  get canWrite(): boolean {
    return this.phase === 'joined' && !this.me.anonymous && this.me.role !== 'visitor' && this.me.role !== 'none'
  }

  get moderates(): boolean {
    return this.me.role === 'moderator'
  }

  /** Whether the room is seen at all: without it nobody knows what was missed. */
  get online(): boolean {
    return this.connectivity.is === 'online'
  }

  enter(): void {
    this.session.start()
  }

  /** Leaves for good. */
  leave(): void {
    clearTimeout(this.#retry)
    this.session.send(xml`<presence xmlns="${ns.CLIENT}" type="unavailable" to="${this.jid}/${this.#nick}"/>`)
    this.phase = 'out'
    this.session.stop()
  }

  /** Comes back after having been sent out, or in where the room was full or closed. */
  comeBack(): void {
    clearTimeout(this.#retry)
    this.trouble = undefined
    this.phase = 'joining'
    this.options.changed(Changed.state)
    if (this.online) this.session.send(this.#join())
    else this.session.retry()
  }

  /** Takes a name (XEP-0045 §7.6). The room's answer is seen in {@link me} or {@link nickRefused}. */
  takeNick(nick: string): void {
    const wished = nick.trim().normalize('NFC')
    if (!wished) return
    this.#wished = wished
    this.nickRefused = undefined
    this.options.changed(Changed.state)
    // Before that, one is on the way in under another name, and takes this one there.
    if (this.phase === 'joined') this.session.send(xml`<presence xmlns="${ns.CLIENT}" to="${this.jid}/${wished}"/>`)
  }

  /** Says something. It stands in the log at once, on its way; gives its id. */
  say(text: string, answers?: Message): string {
    const id = this.session.id()
    const author = this.#author()
    const answered = answers?.stanzaId && {
      id: answers.stanzaId,
      nick: answers.author.nick,
      quote: answers.text.slice(0, 300),
    }
    this.log.sending({ id, text, author, answers: answered || undefined }, Date.now())
    this.#transmit(id, text, answered || undefined)
    this.options.changed(Changed.log)
    return id
  }

  /** Tries again to send what failed. */
  retry(id: string): void {
    const message = this.log.find(id)
    if (message?.delivery !== 'failed') return
    this.log.delivery(id, 'sending')
    this.#transmit(message.id, message.text, message.answers)
    this.options.changed(Changed.log)
  }

  /** Puts other words in place of one's own (XEP-0308). */
  correct(message: Message, text: string): void {
    this.session.send(
      xml`<message xmlns="${ns.CLIENT}" type="groupchat" to="${this.jid}" id="${this.session.id()}"><body>${text}</body><replace xmlns="${ns.CORRECT}" id="${message.id}"/></message>`,
    )
  }

  /** Takes back one's own message (XEP-0424). */
  retract(message: Message): void {
    if (!message.stanzaId) return
    this.session.send(
      xml`<message xmlns="${ns.CLIENT}" type="groupchat" to="${this.jid}" id="${this.session.id()}"><retract xmlns="${ns.RETRACT}" id="${message.stanzaId}"/><fallback xmlns="${ns.FALLBACK}" for="${ns.RETRACT}"/><body>/me retracted a message</body></message>`,
    )
  }

  /** Adds or takes away a reaction of one's own (XEP-0444: all of one's reactions, each time). */
  react(message: Message, emoji: string): void {
    if (!message.stanzaId) return
    const own = message.reactions.filter((one) => one.own).map((one) => one.emoji)
    const next = own.includes(emoji) ? own.filter((one) => one !== emoji) : [...own, emoji]
    this.session.send(
      xml`<message xmlns="${ns.CLIENT}" type="groupchat" to="${this.jid}" id="${this.session.id()}"><reactions xmlns="${ns.REACTIONS}" id="${message.stanzaId}">${next.map(
        (one) => xml`<reaction>${one}</reaction>`,
      )}</reactions></message>`,
    )
  }

  /** Puts an older page of the archive before the log. */
  loadOlder(): Promise<void> {
    if (this.complete || this.phase !== 'joined') return Promise.resolve()
    this.#loading ??= this.#older().finally(() => (this.#loading = undefined))
    return this.#loading
  }

  /** A token may say under which name its bearer is known: then nobody has to choose one. */
  #knownAs(identity: Identity): void {
    this.me = { ...this.me, account: identity.kind === 'token' }
    const nick = identity.kind === 'token' ? claims(identity.token)['nick'] : undefined
    if (typeof nick !== 'string' || nick === '' || !isAnonymousNick(this.#nick)) return
    this.#nick = nick
    this.me = { ...this.me, nick, anonymous: false }
  }

  /** Puts the next page of the archive after the log, where its end was dropped; `newest` begins anew at the end. */
  loadNewer(newest = false): Promise<void> {
    if (!this.log.detached || this.phase !== 'joined') return Promise.resolve()
    this.#loading ??= this.#newer(newest).finally(() => (this.#loading = undefined))
    return this.#loading
  }

  // --- coming in --------------------------------------------------------------------------------------------

  #mayJoin(): boolean {
    return this.phase !== 'out'
  }

  #join(): Markup {
    // What one has already is fetched from the archive instead, without a gap.
    const history = this.log.newest === undefined ? HISTORY : 0
    return xml`<presence xmlns="${ns.CLIENT}" to="${this.jid}/${this.#nick}"><x xmlns="${ns.MUC}"><history maxstanzas="${history}"/></x></presence>`
  }

  #bound(early: boolean): void {
    this.people.reset()
    this.#catchingUp = this.log.newest
    if (this.#mayJoin()) {
      this.phase = 'joining'
      if (!early) this.session.send(this.#join())
    }
    this.options.changed(Changed.state)
  }

  #connectivity(state: Connectivity): void {
    this.connectivity = state
    if (state.is === 'refused') {
      this.phase = 'out'
      this.trouble = { is: state.condition === 'conflict' ? 'taken-over' : 'no-login' }
    }
    this.options.changed(Changed.state)
  }

  #joined(created: boolean): void {
    this.phase = 'joined'
    this.#tries = 0
    // XEP-0045 §10.1.2: a new room is locked until whoever made it takes it as it is.
    if (created) {
      this.session
        .request('set', this.jid, xml`<query xmlns="${ns.MUC_OWNER}"><x xmlns="${ns.DATA}" type="submit"/></query>`)
        .catch(() => this.options.changed(Changed.state))
    }
    this.trouble = undefined
    this.nickRefused = undefined
    void this.#learnSettings()
    if (this.#wished !== undefined && this.#wished !== this.me.nick) this.takeNick(this.#wished)
    if (this.#catchingUp !== undefined) void this.#catchUp(this.#catchingUp)
    else this.#sendWaiting()
    this.#catchingUp = undefined
  }

  async #learnSettings(): Promise<void> {
    try {
      const before = this.settings
      const info = await this.session.request('get', this.jid, xml`<query xmlns="${ns.DISCO_INFO}"/>`)
      const read = readSettings(info)
      this.settings = read.settings
      this.count ??= read.count
      if (before) this.#tellChanges(before, read.settings)
      this.options.changed(Changed.state)
    } catch {
      // A room that tells nothing of itself is a room all the same.
    }
  }

  #tellChanges(before: RoomSettings, after: RoomSettings): void {
    const now = Date.now()
    if (before.slow !== after.slow) this.log.notice({ is: 'slow', seconds: after.slow }, now)
    if (before.accountsOnly !== after.accountsOnly) this.log.notice({ is: 'accounts-only', on: after.accountsOnly }, now)
    if (before.emojiOnly !== after.emojiOnly) this.log.notice({ is: 'emoji-only', on: after.emojiOnly }, now)
    this.options.changed(Changed.log)
  }

  // --- what comes in ----------------------------------------------------------------------------------------

  #stanza(stanza: Element): void {
    const result = child(stanza, 'result', ns.MAM)
    if (result) return this.#archived(stanza, result)
    if (bare(attr(stanza, 'from') ?? '') !== this.jid) return
    const failed = attr(stanza, 'type') === 'error'
    if (stanza.localName === 'presence') {
      if (failed) this.#refused(StanzaError.of(stanza), resource(attr(stanza, 'from') ?? ''))
      else this.#presence(readPresence(stanza))
    } else if (failed) {
      this.#notSent(attr(stanza, 'id') ?? '', StanzaError.of(stanza))
    } else {
      const event = readMessage(stanza, this.jid)
      if (event) this.#event(event)
    }
  }

  #event(event: RoomEvent): void {
    switch (event.kind) {
      case 'count':
        this.count = event.count
        return this.options.changed(Changed.state)
      case 'overload':
        this.overload = event.step
        return this.options.changed(Changed.state)
      case 'settings':
        void this.#learnSettings()
        return
      case 'subject':
        this.ready = true
        return this.options.changed(Changed.log | Changed.state)
    }
    const old = !this.ready || event.time !== undefined
    this.log.take(event, Date.now(), old)
    this.options.changed(Changed.log | Changed.people)
    if (event.kind !== 'said' || event.corrects !== undefined || old) return
    const message = this.log.find(event.stanzaId ?? event.id)
    if (message) this.options.said?.(message)
  }

  #presence(event: PresenceEvent): void {
    if (event.destroyed && !event.here) return this.#out({ is: 'closed', reason: event.destroyed.reason })
    const own = event.own || (event.nick === this.#nick && this.phase === 'joining')
    if (own) this.#ownPresence(event)
    const before = this.people.byOccupantId(event.occupantId ?? event.nick)
    const known = this.people.presence(event)
    if (event.occupantId !== undefined) this.log.refresh(event.occupantId, known)
    if (this.showComings && !own && (before?.here ?? false) !== known.here && this.ready) {
      this.log.notice({ is: known.here ? 'joined' : 'left', nick: known.nick }, Date.now())
    }
    this.options.changed(Changed.people | Changed.log | (own ? Changed.state : 0))
  }

  #ownPresence(event: PresenceEvent): void {
    if (!event.here) {
      if (event.newNick !== undefined) {
        // Who one is under the new name, the presence that follows says.
        this.#nick = event.newNick
        this.#wished = undefined
        return
      }
      return this.#gone(event)
    }
    const joining = this.phase !== 'joined'
    const wasNamed = !this.me.anonymous
    const wasMuted = wasNamed && this.me.role === 'visitor'
    const anonymous = isAnonymousNick(event.nick)
    this.#nick = event.nick
    const silenced = event.role === 'visitor' && !anonymous
    this.me = {
      ...this.me,
      nick: event.nick,
      occupantId: event.occupantId,
      role: event.role,
      affiliation: event.affiliation,
      anonymous,
      muted: silenced && (event.until !== undefined || (wasNamed && !joining) || wasMuted) ? { until: event.until } : undefined,
    }
    if (joining) this.#joined(event.codes.includes(201))
    else this.nickRefused = undefined
  }

  /** XEP-0045 §17: why one is not in the room any more. */
  #gone(event: PresenceEvent): void {
    const codes = new Set(event.codes)
    if (codes.has(301)) return this.#out({ is: 'banned', reason: event.reason, until: event.until })
    if (codes.has(307) && !codes.has(333)) return this.#out({ is: 'sent-out', reason: event.reason })
    if (codes.has(321) || codes.has(322)) return this.#out({ is: 'accounts-only' })
    if (codes.has(332) || this.phase !== 'joined') return
    // A technical reason: back in, a little later.
    this.phase = 'joining'
    this.#joinLater(1_000)
  }

  #out(trouble: Trouble): void {
    this.phase = 'out'
    this.trouble = trouble
    this.me = { ...this.me, role: 'none' }
    this.options.changed(Changed.state)
  }

  #refused(error: StanzaError, nick: string): void {
    if (error.condition === 'conflict' || error.condition === 'not-acceptable' || error.condition === 'jid-malformed') {
      return this.#nickRefused(error, this.#wished ?? nick)
    }
    if (this.phase === 'joined') return this.options.changed(Changed.state)
    switch (error.condition) {
      case 'forbidden':
        return this.#out({ is: 'banned', reason: error.text, until: readUntil(error.element) })
      case 'registration-required':
        return this.#out({ is: 'accounts-only' })
      case 'not-authorized':
        return this.#out({ is: 'password' })
      case 'item-not-found':
        // Perhaps somebody is making it at this moment.
        if (this.#tries++ < LOCKED_TRIES) return this.#joinLater(LOCKED_WAIT)
        return this.#out({ is: 'missing' })
      case 'not-allowed':
        return this.#out({ is: 'missing' })
      case 'service-unavailable':
      case 'resource-constraint':
        this.trouble = { is: 'full' }
        this.#joinLater(FULL_WAIT)
        return this.options.changed(Changed.state)
      case 'gone':
        return this.#out({ is: 'closed', reason: error.text })
      default:
        if (error.type === 'wait') return this.#joinLater(FULL_WAIT)
        return this.#out({ is: 'other', text: error.text ?? error.condition })
    }
  }

  #nickRefused(error: StanzaError, nick: string): void {
    const taken = error.condition === 'conflict'
    this.nickRefused = { nick, why: taken ? 'taken' : 'not-allowed', free: taken ? this.#freeNick(nick) : undefined }
    this.#wished = undefined
    if (this.phase !== 'joined') {
      // Reading comes first: in without a name, and the name is asked for again.
      this.#nick = anonymousNick()
      this.session.send(this.#join())
    }
    this.options.changed(Changed.state)
  }

  #freeNick(nick: string): string {
    for (let number = 2; ; number += 1) if (!this.people.byNick(`${nick}${number}`)?.here) return `${nick}${number}`
  }

  #joinLater(wait: number): void {
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => {
      if (this.online && this.phase === 'joining') this.session.send(this.#join())
    }, wait * (1 + Math.random()))
  }

  // --- sending ----------------------------------------------------------------------------------------------

  #transmit(id: string, text: string, answers: Message['answers']): void {
    const quote = answers?.quote === undefined ? '' : `${answers.quote.replace(/^/gm, '> ')}\n`
    const reply =
      answers &&
      xml`<reply xmlns="${ns.REPLY}" to="${this.jid}/${answers.nick ?? ''}" id="${answers.id}"/>${
        quote && xml`<fallback xmlns="${ns.FALLBACK}" for="${ns.REPLY}"><body start="0" end="${[...quote].length}"/></fallback>`
      }`
    const sent =
      this.phase === 'joined' &&
      this.session.send(
        xml`<message xmlns="${ns.CLIENT}" type="groupchat" to="${this.jid}" id="${id}"><body>${quote + text}</body>${reply}</message>`,
      )
    if (sent && this.settings?.slow && !this.moderates) this.slowUntil = Date.now() + this.settings.slow * 1_000
  }

  /** A message of one's own came back as an error: it is not lost, it waits for its author to decide. */
  #notSent(id: string, error: StanzaError): void {
    const wait = Number(attr(child(error.element, 'slow-mode', ns.ROOM), 'wait') ?? 0)
    if (wait > 0) this.slowUntil = Date.now() + wait * 1_000
    this.log.delivery(id, 'failed')
    this.options.changed(Changed.log | Changed.state)
  }

  #author(): Message['author'] {
    const known = this.people.byOccupantId(this.me.occupantId)
    const { nick, occupantId, role, affiliation } = this.me
    return { nick, occupantId, role, affiliation, avatar: known?.avatar }
  }

  #isOwn(sender: Said['sender']): boolean {
    return sender.occupantId !== undefined && this.me.occupantId !== undefined
      ? sender.occupantId === this.me.occupantId
      : sender.nick === this.me.nick
  }

  // --- the archive ------------------------------------------------------------------------------------------

  #archived(stanza: Element, result: Element): void {
    const from = attr(stanza, 'from')
    const events = this.#pages.get(attr(result, 'queryid') ?? '')
    // XEP-0313 §8: nobody else may slip anything into the answer.
    if (!events || (from !== undefined && bare(from) !== this.jid)) return
    const forwarded = child(result, 'forwarded', ns.FORWARD)
    const message = child(forwarded, 'message', ns.CLIENT)
    const event = message && readMessage(message, this.jid)
    if (!event || !('sender' in event)) return
    const stamp = Date.parse(attr(child(forwarded, 'delay', ns.DELAY), 'stamp') ?? '')
    events.push({ ...event, stanzaId: attr(result, 'id') ?? event.stanzaId, time: Number.isNaN(stamp) ? event.time : stamp })
  }

  async #fetch(bounds: { before: string } | { after: string }): Promise<Page & { events: RoomEvent[] }> {
    const id = this.session.id()
    const events: RoomEvent[] = []
    this.#pages.set(id, events)
    try {
      return { ...(await page(this.session, this.jid, id, bounds, PAGE)), events }
    } finally {
      this.#pages.delete(id)
    }
  }

  async #older(): Promise<void> {
    try {
      const { events, complete } = await this.#fetch({ before: this.log.oldest ?? '' })
      this.complete = complete
      this.log.prepend(events, Date.now())
    } catch (error) {
      // A room without an archive has no older messages; anything else may be tried again.
      if (error instanceof StanzaError && error.type === 'cancel' && error.condition !== 'gone') this.complete = true
    }
    this.options.changed(Changed.log | Changed.state)
  }

  async #newer(newest: boolean): Promise<void> {
    const after = newest ? undefined : this.log.newest
    this.log.hold()
    try {
      const { events, complete } = await this.#fetch(after === undefined ? { before: '' } : { after })
      if (after === undefined) {
        this.log.clear()
        this.complete = false
      }
      for (const event of events) this.log.take(event, Date.now(), true)
      this.log.attach(after === undefined || complete, Date.now())
      // Whoever comes down leaves the beginning behind; it can be loaded again.
      if (this.log.trim('start')) this.complete = false
    } catch {
      // It stays as it is, and is tried again with the next step down.
      this.log.attach(false, Date.now())
    }
    this.options.changed(Changed.log)
  }

  /** After a lost session: what was said since, and then what one wanted to say oneself. */
  async #catchUp(newest: string): Promise<void> {
    try {
      let after = newest
      for (let round = 0; ; round += 1) {
        const { events, complete, last } = await this.#fetch({ after })
        for (const event of events) this.log.take(event, Date.now(), true)
        this.options.changed(Changed.log)
        if (complete || last === undefined) break
        after = last
        if (round + 1 >= CATCH_UP_PAGES) {
          this.log.notice({ is: 'gap' }, Date.now())
          const newestPage = await this.#fetch({ before: '' })
          for (const event of newestPage.events) this.log.take(event, Date.now(), true)
          break
        }
      }
    } catch {
      this.log.notice({ is: 'gap' }, Date.now())
    }
    this.#sendWaiting()
    this.options.changed(Changed.log)
  }

  /** What was said while one was not in the room. */
  #sendWaiting(): void {
    for (const message of this.log.unreflected) {
      if (message.delivery === 'sending') this.#transmit(message.id, message.text, message.answers)
    }
  }
}

/** A nick that says that no name was chosen; the server counts its bearer and announces nobody. */
export function anonymousNick(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1))
  return `Anonymous ${String(100_000 + (number % 900_000))}`
}

export function isAnonymousNick(nick: string): boolean {
  return /^Anonymous \d+$/.test(nick)
}
