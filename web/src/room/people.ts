// Who is in a room, as far as it tells, and who has written: bounded, whatever the size of the audience.

import type { PresenceEvent, Said } from './read'
import type { Author, Occupant } from './types'

/** Most people that are remembered; those who were quiet longest are forgotten first. */
export const MOST_PEOPLE = 2_000

export class People {
  /** By occupant id, or by nick where the room gives none. In the order in which they were last heard of. */
  readonly #people = new Map<string, Occupant>()

  get all(): readonly Occupant[] {
    return [...this.#people.values()]
  }

  /** Somebody under that nick, the last one heard of first. */
  byNick(nick: string): Occupant | undefined {
    return this.all.findLast((one) => one.nick === nick)
  }

  byOccupantId(id: string | undefined): Occupant | undefined {
    return id === undefined ? undefined : this.#people.get(id)
  }

  /** Whether somebody is a moderator: as their message says, or as was last heard of them. */
  isModerator(sender: Said['sender']): boolean {
    const known = this.#people.get(sender.occupantId ?? sender.nick)
    return (sender.role ?? known?.role) === 'moderator' || ['owner', 'admin'].includes(sender.affiliation ?? known?.affiliation ?? 'none')
  }

  /** Takes a presence. */
  presence(event: PresenceEvent): Occupant {
    const known = event.occupantId ?? event.nick
    const was = this.#people.get(known)
    // Where nothing but the nick tells people from each other, whoever changes it is known by the new one.
    this.#people.delete(known)
    const id = event.occupantId ?? event.newNick ?? event.nick
    return this.#keep(id, {
      nick: event.newNick ?? event.nick,
      occupantId: event.occupantId,
      jid: event.jid ?? was?.jid,
      role: event.here || event.newNick !== undefined ? event.role : 'none',
      affiliation: event.affiliation,
      avatar: event.avatar ?? was?.avatar,
      here: event.here || event.newNick !== undefined,
      said: was?.said ?? 0,
    })
  }

  /** Counts a message, and gives what is known of its sender. What the message itself says of them comes first. */
  author(sender: Said['sender']): Author {
    const id = sender.occupantId ?? sender.nick
    const was = this.#people.get(id)
    const then = {
      role: sender.role ?? was?.role ?? 'participant',
      affiliation: sender.affiliation ?? was?.affiliation ?? 'none',
      avatar: sender.avatar ?? was?.avatar,
    } as const
    // Of those who are here, presence says what they are now; an old message says what they were.
    const known = this.#keep(id, {
      ...(was?.here === true ? was : then),
      nick: sender.nick,
      occupantId: sender.occupantId,
      jid: was?.jid,
      here: was?.here ?? false,
      said: (was?.said ?? 0) + 1,
    })
    return { ...known, ...then }
  }

  /** A new session: who is here is told anew. */
  reset(): void {
    for (const [id, one] of this.#people) this.#people.set(id, { ...one, here: false })
  }

  #keep(id: string, one: Occupant): Occupant {
    this.#people.delete(id)
    this.#people.set(id, one)
    for (const first of this.#people.keys()) {
      if (this.#people.size <= MOST_PEOPLE) break
      this.#people.delete(first)
    }
    return one
  }
}
