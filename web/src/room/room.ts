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
import { attr, child, xml } from '../xmpp/xml'
import { Changed } from './changed'
import { Entry } from './entry'
import { History } from './history'
import { MessageLog } from './log'
import { mentions } from './mentions'
import { People } from './people'
import { readMessage, readPresence, type PresenceEvent, type RoomEvent, type Said } from './read'
import { learnSettings } from './settings'
import type { Me, Message, RoomSettings, Trouble } from './types'
import { Writing } from './writing'

export { Changed }

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
  /** The newest message that was here when the session was lost. */
  #catchingUp: string | undefined

  constructor(readonly options: RoomOptions) {
    this.#entry = new Entry(this, (created) => this.#entered(created))
    this.me = {
      nick: this.#entry.nick,
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
      isHidden: (sender) => options.hides?.(sender) ?? false,
    })
    this.session = new Session({
      url: options.url,
      identity: async () => {
        const identity = await options.identity()
        this.#entry.knownAs(identity)
        return identity
      },
      early: () => (this.phase === 'out' ? [] : [this.#entry.request]),
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

  /** Takes back one's own message. */
  retract(message: Message): void {
    this.#writing.retract(message)
  }

  /** Adds or takes away a reaction of one's own. */
  react(message: Message, emoji: string): void {
    this.#writing.react(message, emoji)
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

  #bound(early: boolean): void {
    this.people.reset()
    this.#catchingUp = this.log.newest
    if (this.phase !== 'out') {
      this.phase = 'joining'
      if (!early) this.session.send(this.#entry.request)
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
    void learnSettings(this)
    void this.#goOn()
  }

  /** After a lost session what was missed comes first, and then what one wanted to say oneself. */
  async #goOn(): Promise<void> {
    const newest = this.#catchingUp
    this.#catchingUp = undefined
    if (newest !== undefined) await this.#history.catchUp(newest)
    this.#writing.sendWaiting()
    if (newest !== undefined) this.options.changed(Changed.log)
  }

  // --- what comes in ----------------------------------------------------------------------------------------

  #stanza(stanza: Element): void {
    const result = child(stanza, 'result', ns.MAM)
    if (result) return this.#history.take(stanza, result)
    if (bare(attr(stanza, 'from') ?? '') !== this.jid) return
    const failed = attr(stanza, 'type') === 'error'
    if (stanza.localName === 'presence') {
      if (failed) this.#entry.refused(StanzaError.of(stanza), resource(attr(stanza, 'from') ?? ''))
      else this.#presence(readPresence(stanza))
    } else if (failed) {
      this.#writing.failed(attr(stanza, 'id') ?? '', StanzaError.of(stanza))
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
        void learnSettings(this)
        return
      case 'subject':
        this.ready = true
        // It comes with each entry, also after a lost connection: only another one is news.
        if (event.text !== '' && event.text !== this.subject) this.log.notice({ is: 'subject', text: event.text }, Date.now())
        this.subject = event.text
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
