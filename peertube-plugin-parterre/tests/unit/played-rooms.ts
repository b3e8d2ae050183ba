// Plays the program's rooms, as its API gives them: what they are told and who is in their lists.

import { Refused, type Affiliation, type Api, type Fields } from '../../src/server/api'

export interface PlayedRoom {
  fields: Fields
  subject: string
  readonly lists: Map<string, Affiliation>
}

export class PlayedRooms {
  readonly all = new Map<string, PlayedRoom>()
  /** What was ordered, and which room. */
  readonly orders: string[] = []
  readonly ended: string[] = []

  get api(): Api {
    return this as unknown as Api
  }

  add(name: string, fields: Fields = {}): PlayedRoom {
    const room: PlayedRoom = { fields, subject: '', lists: new Map() }
    this.all.set(name, room)
    return room
  }

  rooms(): Promise<unknown> {
    return Promise.resolve([...this.all.keys()].map((name) => ({ name, occupants: 1 })))
  }

  create(name: string, fields: Fields): Promise<boolean> {
    if (this.all.has(name)) return Promise.resolve(false)
    this.orders.push(`create ${name}`)
    this.add(name, fields)
    return Promise.resolve(true)
  }

  configure(name: string, fields: Fields): Promise<void> {
    return this.#order('configure', name, (room) => (room.fields = { ...room.fields, ...fields }))
  }

  subject(name: string, subject: string): Promise<void> {
    return this.#order('subject', name, (room) => (room.subject = subject))
  }

  affiliate(name: string, jid: string, affiliation: Affiliation): Promise<void> {
    return this.#order('affiliate', name, (room) => (affiliation === 'none' ? room.lists.delete(jid) : room.lists.set(jid, affiliation)))
  }

  affiliations(name: string): Promise<unknown> {
    return this.#with(name, ({ lists }) => [...lists].map(([jid, affiliation]) => ({ jid, affiliation })))
  }

  async destroy(name: string): Promise<void> {
    await this.#order('destroy', name, () => this.all.delete(name))
  }

  disconnect(jid: string): Promise<void> {
    this.ended.push(jid)
    return Promise.resolve()
  }

  async #order(what: string, name: string, work: (room: PlayedRoom) => unknown): Promise<void> {
    await this.#with(name, work)
    this.orders.push(`${what} ${name}`)
  }

  #with<T>(name: string, work: (room: PlayedRoom) => T): Promise<T> {
    const room = this.all.get(name)
    return room ? Promise.resolve(work(room)) : Promise.reject(new Refused(404, 'There is no room of that name.'))
  }
}

/** What PeerTube keeps, in memory. */
export function storage() {
  const kept = new Map<string, unknown>()
  return { kept, getData: (key: string) => Promise.resolve(kept.get(key) ?? null), storeData: (key: string, data: unknown) => Promise.resolve(kept.set(key, data)) }
}
