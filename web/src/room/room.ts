// One room as its occupant: joining, what is said, who is there, coming back.
//
// Enters: what the session brings, and what the person does. Leaves: a state, a log and people, and word that they have
// changed. It shows nothing; what it sends is plain XMPP, so that any server with rooms will do. Coming in, writing and the
// archive have modules of their own.

import { StanzaError } from '../xmpp/error'
import { bare, resource } from '../xmpp/jid'
import type { Identity } from '../xmpp/negotiation'
import * as ns from '../xmpp/ns'
import { Session, type Connectivity } from '../xmpp/session'
import { attr, child, xml, type Markup } from '../xmpp/xml'
import { Changed } from './changed'
import type { Deed } from './early'
import { Entry } from './entry'
import { History } from './history'
import { MessageLog } from './log'
import { mentions } from './mentions'
import { People } from './people'
import { readMessage, readPresence, type PresenceEvent, type RoomEvent, type Said } from './read'
import { learnSettings, question } from './settings'
import type { Me, Message, RoomSettings, Trouble } from './types'
import { Writing, type Settled } from './writing'

export { Changed }

export interface RoomOptions {
  /** Address of the room. */
  readonly jid: string
  /** Address of the WebSocket. */
  readonly url: string
  /** As whom; asked before each login. */
  readonly identity: () => Identity | Promise<Identity>
  /** The name to write under, if the page says one. */
  readonly nick?: string | undefined
  /** The one that was chosen before, on this device. That of a token goes before it. */
  readonly remembered?: string | undefined
  /** The word for those who have chosen none, where it is another than usual. */
  readonly anonymous?: string | undefined
  /** Told what has changed, at once; it must not take long. */
  readonly changed: (what: number) => void
  /** Whether the messages of somebody are not wanted: they are not counted. */
  readonly hides?: (sender: Said['sender']) => boolean
  /** A message came in live. */
  readonly said?: (message: Message) => void
}

export type Phase = 'joining' | 'joined' | 'out'

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
  /** What the room is about, or its welcome (XEP-0045 §8.1); empty if nobody has said. */
  subject = ''
  /** How many are here, as the server counts. */
  count: number | undefined
  /** Step of a server that has more to do than it can; 0 is none. */
  overload = 0
  /** When one may write again in slow mode, in milliseconds since 1970. */
  slowUntil = 0
  /** Whether joins and leaves are shown. */
  showComings = false
  readonly #entry: Entry
  readonly #writing = new Writing(this)
  readonly #history = new History(this)
  /** What comes in while what was missed is still on its way: it is taken after that. */
  #held: Deed[] | undefined
  /** Whether one has come in anew because the room did not know one, and has not been heard there since. */
  #anew = false
  /** The id of the request for the settings that goes along with a login. */
  #asked = ''

  constructor(readonly options: RoomOptions) {
    this.#entry = new Entry(this, (created) => this.#entered(created))
    this.me = {
      nick: this.#entry.nick,
      occupantId: undefined,
      role: 'none',
      affiliation: 'none',
      anonymous: (options.nick ?? options.remembered) === undefined,
      account: false,
      muted: undefined,
    }
    this.log = new MessageLog({
      author: (sender) => this.people.author(sender),
      isOwn: (sender) => this.#isOwn(sender),
      isModerator: (sender) => this.people.isModerator(sender),
      mentionsMe: (text) => !this.me.anonymous && mentions(text, this.me.nick),
      isHidden: (sender) => options.hides?.(sender) ?? false,
    })
    this.session = new Session({
      url: options.url,
      identity: async () => {
        const identity = await options.identity()
        this.#entry.knownAs(identity)
        return identity
      },
      early: () => this.#early(),
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

  /** Whether one is in, and has what was missed meanwhile: what one says now stands where it belongs. */
  get settled(): boolean {
    return this.phase === 'joined' && !this.#held
  }

  /** Whether what a message says of its author is the room's own word. */
  get vouches(): boolean {
    return this.settings?.vouches ?? false
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
    this.#entry.forget()
    this.session.send(xml`<presence xmlns="${ns.CLIENT}" type="unavailable" to="${this.jid}/${this.#entry.nick}"/>`)
    this.phase = 'out'
    this.session.stop()
  }

  /** Comes back after having been sent out, or in where the room was full or closed. */
  comeBack(): void {
    this.#entry.forget()
    this.trouble = undefined
    this.phase = 'joining'
    this.options.changed(Changed.state)
    if (this.online) this.session.send(this.#entry.request)
    else this.session.retry()
  }

  /**
   * The room does not know one: it was made anew, or has forgotten who is in it. One comes in again, but not twice for nothing.
   *
   * @returns whether what was said may wait for that
   */
  comeAnew(): boolean {
    if (this.phase === 'joined' && !this.#anew) {
      this.#anew = true
      this.phase = 'joining'
      this.session.send(this.#entry.request)
      this.options.changed(Changed.state)
    }
    return this.phase === 'joining'
  }

  /** Takes a name (XEP-0045 §7.6). The room's answer is seen in {@link me} or {@link nickRefused}. */
  takeNick(nick: string): void {
    this.#entry.takeNick(nick)
  }

  /** Says something. It stands in the log at once, on its way; gives its id. */
  say(text: string, answers?: Message): string {
    return this.#writing.say(text, answers)
  }

  /** Tries again to send what failed. */
  retry(id: string): void {
    this.#writing.retry(id)
  }

  /** Puts other words in place of one's own. */
  correct(message: Message, text: string): void {
    this.#writing.correct(message, text)
  }

  /** Does what is no message of its own, also after a lost session; `settled` is told when the room has reflected it, or refused. */
  act(stanza: (id: string) => Markup, settled?: Settled): void {
    this.#writing.act(stanza, settled)
  }

  /** A message of that id is in the room. */
  reflected(id: string): void {
    this.#writing.reflected(id)
  }

  /** Whether the archive has no older messages. */
  get complete(): boolean {
    return this.#history.complete
  }

  set complete(is: boolean) {
    this.#history.complete = is
  }

  /** Puts an older page of the archive before the log. */
  loadOlder(): Promise<void> {
    return this.#history.loadOlder()
  }

  /** Puts the next page of the archive after the log, where its end was dropped; `newest` begins anew at the end. */
  loadNewer(newest = false): Promise<void> {
    return this.#history.loadNewer(newest)
  }

  // --- coming in --------------------------------------------------------------------------------------------

  /** What a new session begins with: before anything is read of a room, it says what it is. */
  #early(): Markup[] {
    if (this.phase === 'out') return []
    this.#asked = this.session.id()
    return [xml`<iq xmlns="${ns.CLIENT}" type="get" id="${this.#asked}" to="${this.jid}">${question()}</iq>`, this.#entry.request]
  }

  #bound(early: boolean): void {
    this.people.reset()
    // It comes again, with what was missed.
    this.#held = undefined
    if (this.phase !== 'out') {
      this.phase = 'joining'
      if (!early) for (const stanza of this.#early()) this.session.send(stanza)
      void learnSettings(this, this.session.answer(this.#asked))
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

  #entered(created: boolean): void {
    // XEP-0045 §10.1.2: a new room is locked until whoever made it takes it as it is.
    if (created) {
      this.session
        .request('set', this.jid, xml`<query xmlns="${ns.MUC_OWNER}"><x xmlns="${ns.DATA}" type="submit"/></query>`)
        .catch(() => this.options.changed(Changed.state))
    }
    // It was asked at the door; but a room that was not there yet had no answer.
    if (created || !this.#asked || !this.settings) void learnSettings(this)
    this.#asked = ''
    void this.#goOn()
  }

  /** Whoever was in before gets what was missed first, then what was said meanwhile; then comes what they wanted to say themselves. */
  async #goOn(): Promise<void> {
    const { newest, detached, limit } = this.log
    // Where the end is not here it is fetched when somebody comes down to it.
    if (newest !== undefined && !detached) {
      const held: Deed[] = []
      this.#held = held
      await this.#history.catchUp(newest)
      // Whoever had to come in once more meanwhile catches up from there.
      if (this.#held !== held) return
      this.#held = undefined
      if (held.length >= limit) this.log.notice({ is: 'gap' }, Date.now())
      for (const event of held) this.#take(event)
    }
    this.#writing.sendWaiting()
    this.options.changed(Changed.log)
  }

  // --- what comes in ----------------------------------------------------------------------------------------

  #stanza(stanza: Element): void {
    const result = child(stanza, 'result', ns.MAM)
    if (result) return this.#history.take(stanza, result)
    if (bare(attr(stanza, 'from') ?? '') !== this.jid) return
    const failed = attr(stanza, 'type') === 'error'
    if (stanza.localName === 'presence') {
      if (failed) this.#entry.refused(StanzaError.of(stanza), resource(attr(stanza, 'from') ?? ''))
      else this.#presence(readPresence(stanza, this.vouches))
    } else if (failed) {
      this.#writing.failed(attr(stanza, 'id') ?? '', StanzaError.of(stanza))
    } else {
      const event = readMessage(stanza, this.jid, this.vouches)
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
        void learnSettings(this)
        return
      case 'subject':
        this.ready = true
        // It comes with each entry, also after a lost connection: only another one is news.
        if (event.text !== '' && event.text !== this.subject) this.log.notice({ is: 'subject', text: event.text }, Date.now())
        this.subject = event.text
        return this.options.changed(Changed.log | Changed.state)
    }
    this.reflected(event.id)
    if (!this.#held) this.#take(event)
    else if (this.#held.push(event) > this.log.limit) this.#held.shift()
  }

  #take(event: Deed): void {
    const old = !this.ready || event.time !== undefined
    this.log.take(event, Date.now(), old)
    this.options.changed(Changed.log | Changed.people)
    if (event.kind !== 'said' || event.corrects !== undefined || old) return
    const message = this.log.find(event.stanzaId ?? event.id)
    if (message?.own) this.#anew = false
    if (message) this.options.said?.(message)
  }

  #presence(event: PresenceEvent): void {
    if (event.destroyed && !event.here) return this.#entry.out({ is: 'closed', reason: event.destroyed.reason })
    const own = event.own || (event.nick === this.#entry.nick && this.phase === 'joining')
    if (own) this.#entry.presence(event)
    const before = this.people.byOccupantId(event.occupantId ?? event.nick)
    const known = this.people.presence(event)
    if (event.occupantId !== undefined) this.log.refresh(event.occupantId, known)
    if (this.showComings && this.moderates && !own && (before?.here ?? false) !== known.here && this.ready) {
      this.log.notice({ is: known.here ? 'joined' : 'left', nick: known.nick }, Date.now())
    }
    this.options.changed(Changed.people | Changed.log | (own ? Changed.state : 0))
  }

  #isOwn(sender: Said['sender']): boolean {
    return sender.occupantId !== undefined && this.me.occupantId !== undefined
      ? sender.occupantId === this.me.occupantId
      : sender.nick === this.me.nick
  }
}
