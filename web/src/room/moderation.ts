// Moderating a room: what may be done to whom, doing it, and how it is undone.
//
// Enters: what a moderator decides. Leaves: requests to the room, each settled when the room has answered. It offers only
// what XEP-0045 lets this person do, works in any room, and uses what Parterre adds where the room says that it has it.

import { bare, domain } from '../xmpp/jid'
import * as ns from '../xmpp/ns'
import { StanzaError } from '../xmpp/error'
import { xml } from '../xmpp/xml'
import {
  affiliationOrder,
  announcement,
  askForm,
  askPeople,
  changedForm,
  readForm,
  readMeans,
  readPeople,
  readRemoval,
  removal,
  retraction,
  roleOrder,
  type Calm,
  type ListedPage,
  type Means,
  type Terms,
} from './orders'
import type { Room } from './room'
import type { Affiliation, Message, Role } from './types'

/** Somebody to be moderated, as far as they are known. */
export interface Person {
  readonly nick: string
  readonly occupantId: string | undefined
  readonly jid: string | undefined
  readonly role: Role
  readonly affiliation: Affiliation
}

/** Takes back what was done. */
export type Undo = () => Promise<unknown>

/** What a room is set to that is calm. */
export const CALM: Calm = { slow: 30, accountsOnly: true, emojiOnly: true }

/** People on one page of the audience. */
const PAGE = 50
/** Between two messages that are removed one by one, in milliseconds: below the rate that servers bear. */
const PACE = 120

const RANK: Record<Affiliation, number> = { outcast: 0, none: 1, member: 2, admin: 3, owner: 4 }

export class Moderation {
  #means: Promise<Means> | undefined
  /** What the room can do, once it has said so. */
  known: Means | undefined

  constructor(readonly room: Room) {}

  /** What the room can do; asked for once. */
  means(): Promise<Means> {
    this.#means ??= this.room.session
      .request('get', this.room.jid, xml`<query xmlns="${ns.DISCO_INFO}"/>`)
      .then((answer) => (this.known = readMeans(answer)))
      .catch((error: unknown) => {
        this.#means = undefined
        throw error
      })
    return this.#means
  }

  // --- what one may do --------------------------------------------------------------------------------------

  /** Whether one may take their voice, or send them out (XEP-0045 §5.1.1). */
  maySilence(person: Person): boolean {
    const own = RANK[this.room.me.affiliation]
    const theirs = RANK[person.affiliation]
    return this.room.moderates && !this.isMe(person) && theirs < RANK.admin && theirs <= own && !this.#outranked(person)
  }

  maySendOut(person: Person): boolean {
    const own = RANK[this.room.me.affiliation]
    const theirs = RANK[person.affiliation]
    const above = theirs < own || (theirs === own && theirs < RANK.admin)
    return this.room.moderates && !this.isMe(person) && above && !this.#outranked(person)
  }

  /** XEP-0045 §9.1: banning is for admins and owners. */
  mayBan(person: Person): boolean {
    const own = RANK[this.room.me.affiliation]
    return own >= RANK.admin && !this.isMe(person) && RANK[person.affiliation] < own
  }

  mayMakeModerator(person: Person): boolean {
    const own = RANK[this.room.me.affiliation]
    return own >= RANK.admin && !this.isMe(person) && person.role !== 'moderator' && RANK[person.affiliation] < RANK.admin
  }

  /** Only owners see the room's form (XEP-0045 §10.2). */
  get mayConfigure(): boolean {
    return this.room.me.affiliation === 'owner'
  }

  isMe(person: Person): boolean {
    const { me } = this.room
    return person.occupantId !== undefined && me.occupantId !== undefined
      ? person.occupantId === me.occupantId
      : person.nick === me.nick
  }

  /** A moderator can be unmade by an admin only (XEP-0045 §9.7). */
  #outranked(person: Person): boolean {
    return person.role === 'moderator' && RANK[this.room.me.affiliation] < RANK.admin
  }

  // --- messages ---------------------------------------------------------------------------------------------

  /** Takes a message back for everybody. What was said is not kept, so this has no undo. */
  async remove(message: Message): Promise<void> {
    const { retraction: version } = await this.means()
    if (version === undefined || message.stanzaId === undefined) throw unsupported()
    await this.#set(retraction(message.stanzaId, version))
  }

  /** Takes back all that somebody said of late; gives how many messages that were. */
  async removeAll(person: Person, messages: readonly Message[]): Promise<number> {
    const means = await this.means()
    if (means.parterre && person.occupantId !== undefined) {
      const answer = await this.#set(removal(person.occupantId))
      return readRemoval(answer) ?? messages.length
    }
    let removed = 0
    for (const message of messages) {
      if (message.stanzaId === undefined || message.removed) continue
      if (removed > 0) await new Promise((resolve) => setTimeout(resolve, PACE))
      await this.remove(message)
      removed += 1
    }
    return removed
  }

  // --- people -----------------------------------------------------------------------------------------------

  /** Takes somebody's voice. `ends`: whether the room gives it back by itself; if not, it is until lifted. */
  async mute(person: Person, seconds: number): Promise<{ ends: boolean; undo: Undo }> {
    const { parterre } = await this.means()
    const jid = await this.#addressIfTold(person)
    await this.#set(roleOrder({ nick: person.nick }, 'visitor', parterre ? { seconds } : {}))
    return { ends: parterre, undo: () => this.unmute({ ...person, jid }) }
  }

  /** Gives somebody their voice back, who may have left meanwhile. */
  async unmute(person: Person): Promise<void> {
    const { parterre } = await this.means()
    const whom = parterre && person.jid !== undefined ? { jid: bare(person.jid) } : { nick: person.nick }
    await this.#set(roleOrder(whom, 'participant'))
  }

  /** Sends somebody out. They may come back at once, so there is nothing to undo. */
  async sendOut(person: Person, reason?: string): Promise<void> {
    await this.#set(roleOrder({ nick: person.nick }, 'none', { reason }))
  }

  /** Bans somebody. `ends`: whether the room lets them in again by itself. */
  async ban(person: Person, why: Terms): Promise<{ ends: boolean; undo: Undo }> {
    const { parterre } = await this.means()
    const jid = await this.#address(person)
    const ends = parterre && why.seconds !== undefined
    const before = person.affiliation === 'member' ? 'member' : 'none'
    await this.#set(affiliationOrder(jid, 'outcast', { reason: why.reason, seconds: ends ? why.seconds : undefined }))
    return { ends, undo: () => this.#set(affiliationOrder(jid, before)) }
  }

  /**
   * Makes somebody a moderator: for good where an owner does it and they have an account like the owner's, else for as
   * long as they stay.
   */
  async makeModerator(person: Person): Promise<Undo> {
    const jid = await this.#addressIfTold(person)
    const own = this.room.people.byOccupantId(this.room.me.occupantId)?.jid
    if (this.room.me.affiliation === 'owner' && jid !== undefined && own !== undefined && domain(jid) === domain(own)) {
      const before = person.affiliation === 'member' ? 'member' : 'none'
      await this.#set(affiliationOrder(jid, 'admin'))
      return () => this.#set(affiliationOrder(jid, before))
    }
    await this.#set(roleOrder({ nick: person.nick }, 'moderator'))
    return () => this.#set(roleOrder({ nick: person.nick }, 'participant'))
  }

  /** Those of a role, a page at a time. A room without pages gives all at once, and the search is done here. */
  async people(role: Role, search: string, after: string | undefined): Promise<ListedPage> {
    const { parterre } = await this.means()
    const page = parterre ? { max: PAGE, after, search } : undefined
    const answer = await this.room.session.request('get', this.room.jid, askPeople(role, page))
    const read = readPeople(answer, role)
    if (parterre || !search) return read
    const wanted = search.toLowerCase()
    const people = read.people.filter((one) => one.nick.toLowerCase().includes(wanted))
    return { people, count: people.length, after: undefined }
  }

  // --- the room ---------------------------------------------------------------------------------------------

  /** Sets the room; the undo sets it back to what it was. */
  async set(wish: Partial<Calm>): Promise<Undo> {
    const before = this.room.settings
    const answer = await this.room.session.request('get', this.room.jid, askForm())
    const form = changedForm(readForm(answer), wish)
    if (!form) throw unsupported()
    await this.#set(form)
    const was: Calm = before ?? { slow: 0, accountsOnly: false, emojiOnly: false }
    const back = Object.fromEntries(Object.keys(wish).map((name) => [name, was[name as keyof Calm]])) as Partial<Calm>
    return () => this.set(back)
  }

  /** Says something to everybody that stands out; done when it stands in the room. */
  announce(words: string, type: 'announcement' | 'warning'): Promise<void> {
    return new Promise((resolve, reject) => {
      this.room.act(
        (id) => announcement(this.room.jid, id, words, type),
        (error) => (error ? reject(error) : resolve()),
      )
    })
  }

  // --- whom requests name -----------------------------------------------------------------------------------

  /** Somebody's bare address: as their presence told, or as the room's lists do. */
  async #address(person: Person): Promise<string> {
    const known = person.jid ?? this.room.people.byOccupantId(person.occupantId)?.jid
    if (known !== undefined) return bare(known)
    for (const role of ['participant', 'visitor', 'moderator'] as const) {
      const { people } = await this.people(role, person.nick, undefined)
      const jid = people.find((one) => one.nick === person.nick)?.jid
      if (jid !== undefined) return bare(jid)
    }
    throw new StanzaError('item-not-found', undefined)
  }

  async #addressIfTold(person: Person): Promise<string | undefined> {
    return this.#address(person).catch(() => undefined)
  }

  #set(payload: Parameters<typeof this.room.session.request>[2]): Promise<Element> {
    return this.room.session.request('set', this.room.jid, payload)
  }
}

function unsupported(): StanzaError {
  return new StanzaError('feature-not-implemented', undefined)
}
