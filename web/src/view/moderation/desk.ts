// The moderator's desk: does what is decided, says what happened, and keeps what can be undone. One for each chat.
//
// Everything happens at once. What fails is said in the same place as what succeeds, and nothing is taken for done before
// the room has said so.

import { Acts, type Act } from '../../room/acts'
import { CALM, Moderation, type Person, type Undo } from '../../room/moderation'
import type { Calm } from '../../room/orders'
import type { Message } from '../../room/types'
import type { Chat } from '../chat'
import { banSeconds, muteSeconds, sayError, type BanFor, type MuteFor, type What } from './say'
import { showToast } from './toast'

/** Beside `Changed`: what was done of late has changed. */
export const ACTS = 1 << 10

const desks = new WeakMap<Chat, Desk>()

/** The desk of a chat. */
export function deskOf(chat: Chat): Desk {
  const known = desks.get(chat)
  if (known) return known
  const desk = new Desk(chat)
  desks.set(chat, desk)
  return desk
}

export class Desk {
  readonly moderation: Moderation
  readonly acts = new Acts<What>()

  constructor(private readonly chat: Chat) {
    this.moderation = new Moderation(chat.room)
  }

  /** Who wrote a message, with what has become known of them since. */
  personOf({ author }: Message): Person {
    return this.person(author.occupantId ?? author.nick) ?? { ...author, jid: undefined }
  }

  /** Somebody by occupant id or nick. */
  person(id: string): Person | undefined {
    const { people } = this.chat.room
    return people.byOccupantId(id) ?? people.byNick(id)
  }

  /** Their messages that are here and not removed. */
  messagesOf(person: Person): Message[] {
    const theirs = ({ author }: Message): boolean =>
      person.occupantId === undefined ? author.nick === person.nick : author.occupantId === person.occupantId
    return this.chat.room.log.messages.filter((message) => theirs(message) && !message.removed)
  }

  remove(message: Message): Promise<void> {
    return this.#do(async () => {
      await this.moderation.remove(message)
      return { what: { is: 'removed', nick: message.author.nick } }
    })
  }

  removeAll(person: Person): Promise<void> {
    return this.#do(async () => {
      const count = await this.moderation.removeAll(person, this.messagesOf(person))
      return { what: { is: 'removed-all', nick: person.nick, count } }
    })
  }

  mute(person: Person, how: Exclude<MuteFor, 'open'> = 'ten'): Promise<void> {
    return this.#do(async () => {
      const { ends, undo } = await this.moderation.mute(person, muteSeconds(how, new Date()))
      return { what: { is: 'muted', nick: person.nick, how: ends ? how : 'open' }, undo }
    })
  }

  unmute(person: Person): Promise<void> {
    return this.#do(async () => {
      await this.moderation.unmute(person)
      return { what: { is: 'unmuted', nick: person.nick } }
    })
  }

  sendOut(person: Person): Promise<void> {
    return this.#do(async () => {
      await this.moderation.sendOut(person)
      return { what: { is: 'sent-out', nick: person.nick } }
    })
  }

  ban(person: Person, how: BanFor, reason: string): Promise<void> {
    return this.#do(async () => {
      const { ends, undo } = await this.moderation.ban(person, { seconds: banSeconds(how), reason })
      return { what: { is: 'banned', nick: person.nick, how: ends ? how : 'good' }, undo }
    })
  }

  makeModerator(person: Person): Promise<void> {
    return this.#do(async () => ({ what: { is: 'moderator', nick: person.nick }, undo: await this.moderation.makeModerator(person) }))
  }

  set(wish: Partial<Calm>): Promise<void> {
    return this.#do(async () => ({ what: { is: 'set', wish }, undo: await this.moderation.set(wish) }))
  }

  calm(): Promise<void> {
    return this.#do(async () => ({ what: { is: 'calmed' }, undo: await this.moderation.set(CALM) }))
  }

  announce(text: string, type: 'announcement' | 'warning'): Promise<void> {
    return this.#do(async () => {
      await this.moderation.announce(text, type)
      return { what: { is: 'announced' } }
    })
  }

  /** Takes an act back, and says so. */
  async undo(act: Act<What>): Promise<void> {
    const undoing = this.acts.undo(act.id)
    this.chat.changed(ACTS)
    try {
      if (await undoing) showToast(this.chat, { undone: act.what })
    } catch (error) {
      showToast(this.chat, { failed: sayError(error) })
    }
    this.chat.changed(ACTS)
  }

  async #do(act: () => Promise<{ what: What; undo?: Undo }>): Promise<void> {
    try {
      const { what, undo } = await act()
      this.#note(what, undo)
    } catch (error) {
      showToast(this.chat, { failed: sayError(error) })
    }
  }

  #note(what: What, undo?: Undo): void {
    const act = this.acts.add(what, Date.now(), undo)
    showToast(this.chat, { done: act, undo: () => void this.undo(act) })
    this.chat.changed(ACTS)
  }
}
