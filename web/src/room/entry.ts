// Coming into the room and out of it: the name one has there, the one that is wished for, and why one is not let in.
//
// Enters: presences of oneself and refusals. Leaves: the room's `phase`, `me`, `trouble` and `nickRefused`, and requests to be
// let in, each time later where the room is full.

import type { StanzaError } from '../xmpp/error'
import { claims, type Identity } from '../xmpp/negotiation'
import * as ns from '../xmpp/ns'
import { xml, type Markup } from '../xmpp/xml'
import { Changed } from './changed'
import { anonymousNick, isAnonymousNick } from './nick'
import { readUntil, type PresenceEvent } from './read'
import type { Room } from './room'
import type { Trouble } from './types'

/** Messages of history that are asked for on joining. */
const HISTORY = 50
/** How often, and how many milliseconds apart at least, a room is tried that is not there or still locked. */
const LOCKED_TRIES = 3
const LOCKED_WAIT = 500
/** How many names in a row may be refused to whoever comes in. */
const REFUSED_TRIES = 2
/** Between two attempts to enter a room that is full, in milliseconds; as much again is left to chance. */
const FULL_WAIT = 8_000

export class Entry {
  /** The name that one has in the room, or asks for. */
  nick: string
  #wished: string | undefined
  #tries = 0
  /** Whether the name is nothing but the one of the last visit: a token may say another. */
  #yields: boolean
  #retry: ReturnType<typeof setTimeout> | undefined

  /** @param entered told that one is in, and whether the room was made by that */
  constructor(
    private readonly room: Room,
    private readonly entered: (created: boolean) => void,
  ) {
    const { nick, remembered } = room.options
    this.nick = nick ?? remembered ?? this.#anonymousNick()
    this.#yields = nick === undefined
  }

  /** Waits no longer to try again; whoever tries does so from the beginning. */
  forget(): void {
    clearTimeout(this.#retry)
    this.#tries = 0
  }

  /** A token may say under which name its bearer is known: then nobody has to choose one. */
  knownAs(identity: Identity): void {
    this.room.me = { ...this.room.me, account: identity.kind === 'token' }
    const nick = identity.kind === 'token' ? claims(identity.token)['nick'] : undefined
    if (typeof nick !== 'string' || nick === '' || !(this.#yields || this.#isAnonymous(this.nick))) return
    this.nick = nick
    this.room.me = { ...this.room.me, nick, anonymous: false }
  }

  /** What asks to be let in. */
  get request(): Markup {
    // What one has already is fetched from the archive instead, without a gap.
    const history = this.room.log.newest === undefined ? HISTORY : 0
    return xml`<presence xmlns="${ns.CLIENT}" to="${this.room.jid}/${this.nick}"><x xmlns="${ns.MUC}"><history maxstanzas="${history}"/></x></presence>`
  }

  /** Takes a name (XEP-0045 §7.6). The room's answer is seen in {@link me} or {@link nickRefused}. */
  takeNick(nick: string): void {
    const wished = nick.trim().normalize('NFC')
    if (!wished) return
    this.#wished = wished
    this.room.nickRefused = undefined
    this.room.options.changed(Changed.state)
    // Before that, one is on the way in under another name, and takes this one there.
    if (this.room.phase === 'joined') this.room.session.send(xml`<presence xmlns="${ns.CLIENT}" to="${this.room.jid}/${wished}"/>`)
  }

  /** What the room says of oneself. */
  presence(event: PresenceEvent): void {
    if (!event.here) {
      if (event.newNick !== undefined) {
        // Who one is under the new name, the presence that follows says.
        this.nick = event.newNick
        this.#wished = undefined
        return
      }
      return this.#gone(event)
    }
    const joining = this.room.phase !== 'joined'
    const wasNamed = !this.room.me.anonymous
    const wasMuted = wasNamed && this.room.me.role === 'visitor'
    const anonymous = this.#isAnonymous(event.nick)
    this.nick = event.nick
    const silenced = event.role === 'visitor' && !anonymous
    this.room.me = {
      ...this.room.me,
      nick: event.nick,
      occupantId: event.occupantId,
      role: event.role,
      affiliation: event.affiliation,
      anonymous,
      muted: silenced && (event.until !== undefined || (wasNamed && !joining) || wasMuted) ? { until: event.until } : undefined,
    }
    if (joining) this.#joined(event.codes.includes(201))
    else this.room.nickRefused = undefined
  }

  #joined(created: boolean): void {
    this.room.phase = 'joined'
    this.#tries = 0
    this.#yields = false
    this.room.trouble = undefined
    this.room.nickRefused = undefined
    this.entered(created)
    if (this.#wished !== undefined && this.#wished !== this.room.me.nick) this.takeNick(this.#wished)
  }

  /** XEP-0045 §17: why one is not in the room any more. */
  #gone(event: PresenceEvent): void {
    const codes = new Set(event.codes)
    if (codes.has(301)) return this.out({ is: 'banned', reason: event.reason, until: event.until })
    if (codes.has(307) && !codes.has(333)) return this.out({ is: 'sent-out', reason: event.reason })
    if (codes.has(321) || codes.has(322)) return this.out({ is: 'accounts-only' })
    if (codes.has(332) || this.room.phase !== 'joined') return
    // A technical reason: back in, a little later.
    this.room.phase = 'joining'
    this.#joinLater(1_000)
  }

  /** One is out, for that reason. */
  out(trouble: Trouble): void {
    this.room.phase = 'out'
    this.room.trouble = trouble
    this.room.me = { ...this.room.me, role: 'none' }
    this.room.options.changed(Changed.state)
  }

  /** The room did not do what was asked for: entering, or a name. */
  refused(error: StanzaError, nick: string): void {
    if (error.condition === 'conflict' || error.condition === 'not-acceptable' || error.condition === 'jid-malformed') {
      return this.#withoutNick(error, this.#wished ?? nick)
    }
    if (this.room.phase === 'joined') return this.room.options.changed(Changed.state)
    switch (error.condition) {
      case 'forbidden':
        return this.out({ is: 'banned', reason: error.text, until: readUntil(error.element) })
      case 'registration-required':
        return this.out({ is: 'accounts-only' })
      case 'not-authorized':
        return this.out({ is: 'password' })
      case 'item-not-found':
        // Perhaps somebody is making it at this moment.
        if (this.#tries++ < LOCKED_TRIES) return this.#joinLater(LOCKED_WAIT)
        return this.out({ is: 'missing' })
      case 'not-allowed':
        return this.out({ is: 'missing' })
      case 'service-unavailable':
      case 'resource-constraint':
        this.room.trouble = { is: 'full' }
        this.#joinLater(FULL_WAIT)
        return this.room.options.changed(Changed.state)
      case 'gone':
        return this.out({ is: 'closed', reason: error.text })
      default:
        if (error.type === 'wait') return this.#joinLater(FULL_WAIT)
        return this.out({ is: 'other', text: error.text ?? error.condition })
    }
  }

  #withoutNick(error: StanzaError, nick: string): void {
    const taken = error.condition === 'conflict'
    this.room.nickRefused = { nick, why: taken ? 'taken' : 'not-allowed', free: taken ? this.#freeNick(nick) : undefined }
    this.#wished = undefined
    if (this.room.phase !== 'joined') {
      // Where whoever has chosen no name is refused as well, asking again and again changes nothing.
      if (this.#tries++ >= REFUSED_TRIES) return this.out({ is: 'other', text: error.text ?? error.condition })
      // Reading comes first: in without a name, and the name is asked for again.
      this.nick = this.#anonymousNick()
      this.room.session.send(this.request)
    }
    this.room.options.changed(Changed.state)
  }

  #anonymousNick(): string {
    return anonymousNick(this.room.options.anonymous)
  }

  #isAnonymous(nick: string): boolean {
    return isAnonymousNick(nick, this.room.options.anonymous)
  }

  #freeNick(nick: string): string {
    for (let number = 2; ; number += 1) if (!this.room.people.byNick(`${nick}${number}`)?.here) return `${nick}${number}`
  }

  #joinLater(wait: number): void {
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => {
      if (this.room.online && this.room.phase === 'joining') this.room.session.send(this.request)
    }, wait * (1 + Math.random()))
  }
}
