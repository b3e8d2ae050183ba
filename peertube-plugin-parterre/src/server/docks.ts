// Docks: the chat in broadcast software, logged in by a long-term token that stands in the fragment of an address, so that
// no server logs it. Only its hash is kept. Its owner may revoke it.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

import type { DockToken } from '../shared/answers'
import type { Storage } from './storage'
import { Turns } from './turns'

const MOST = 20
const KEY = 'docks'

interface Kept extends DockToken {
  readonly user: number
  readonly hash: string
}

const hash = (token: string): string => createHash('sha256').update(token).digest('hex')

export class Docks {
  readonly #turns = new Turns()

  constructor(private readonly storage: Storage) {}

  async list(user: number): Promise<DockToken[]> {
    return (await this.#all()).filter((one) => one.user === user).map(({ id, label, since }) => ({ id, label, since }))
  }

  /** Makes one; `undefined`: that user has too many. */
  add(user: number, label: string): Promise<{ token: string; kept: DockToken } | undefined> {
    return this.#turns.take(KEY, async () => {
      const all = await this.#all()
      if (all.filter((one) => one.user === user).length >= MOST) return undefined
      const token = randomBytes(24).toString('base64url')
      const kept = { id: randomBytes(6).toString('hex'), label: label.slice(0, 60), since: new Date().toISOString() }
      await this.storage.storeData(KEY, [...all, { ...kept, user, hash: hash(token) }])
      return { token, kept }
    })
  }

  remove(user: number, id: string): Promise<void> {
    return this.#turns.take(KEY, async () => {
      const all = await this.#all()
      await this.storage.storeData(KEY, all.filter((one) => one.user !== user || one.id !== id))
    })
  }

  /** Whose token that is. */
  async userOf(token: string): Promise<number | undefined> {
    const given = Buffer.from(hash(token))
    return (await this.#all()).find((one) => timingSafeEqual(Buffer.from(one.hash), given))?.user
  }

  async #all(): Promise<Kept[]> {
    const kept = await this.storage.getData(KEY)
    return Array.isArray(kept) ? (kept as Kept[]) : []
  }
}
