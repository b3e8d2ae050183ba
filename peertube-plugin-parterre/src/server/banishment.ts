// Users whom PeerTube has blocked or removed. Enters: who. Leaves: bans where anybody is, the end of their connections; and when they are
// unblocked, what they were. Never: that a ban which a room's owner has spoken is lifted.

import { ifThere, type Affiliation, type Api } from './api'
import type { Storage } from './storage'
import { Turns } from './turns'

export interface Blocked {
  readonly id: number
  readonly username: string
}

export class Banishment {
  readonly #turns = new Turns()

  constructor(
    private readonly api: Api,
    private readonly storage: Storage,
    private readonly account: (name: string) => string,
  ) {}

  /**
   * Somebody is not to be here any more: they are banned, and so put out, wherever anybody is; then their connections end, and
   * the tokens that they have are taken no more. Without PeerTube's word they get no new one.
   */
  banish(user: Blocked): Promise<void> {
    return this.#turns.take(String(user.id), async () => {
      const jid = this.account(user.username)
      const were = await this.#were(user)
      const rooms = (await this.api.rooms()).filter((room) => room.occupants > 0).map((room) => room.name)
      const now: string[] = []
      for (const room of rooms) {
        const affiliation = await this.#held(room, jid)
        if (affiliation === undefined || affiliation === 'outcast') continue
        were.set(room, affiliation)
        now.push(room)
      }
      // First: whoever is banned without a note stays so for good.
      await this.storage.storeData(key(user), Object.fromEntries(were))
      for (const room of now) await ifThere(() => this.api.affiliate(room, jid, 'outcast'))
      await this.api.disconnect(jid)
    })
  }

  /** They may be here again, as what they were. */
  recall(user: Blocked): Promise<void> {
    return this.#turns.take(String(user.id), async () => {
      const jid = this.account(user.username)
      for (const [room, affiliation] of await this.#were(user)) {
        if ((await this.#held(room, jid)) === 'outcast') await ifThere(() => this.api.affiliate(room, jid, affiliation))
      }
      await this.storage.storeData(key(user), null)
    })
  }

  /** What they were in the rooms from which they were banned here. */
  async #were(user: Blocked): Promise<Map<string, Affiliation>> {
    const kept = await this.storage.getData(key(user))
    return new Map(typeof kept === 'object' && kept !== null ? (Object.entries(kept) as [string, Affiliation][]) : [])
  }

  /** `undefined`: there is no such room any more. */
  async #held(room: string, jid: string): Promise<Affiliation | undefined> {
    const list = await ifThere(() => this.api.affiliations(room))
    return list && (list.find((one) => one.jid === jid)?.affiliation ?? 'none')
  }
}

/** By number: a name may have a dot. */
const key = (user: Blocked): string => `banished-${String(user.id)}`
