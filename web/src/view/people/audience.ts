// The audience as a list that grows while one scrolls: pages of the room's own lists, one after the other, searched there.
//
// Enters: what is searched for, and that more is wanted. Leaves: people, and how many there are. It asks for one page at a
// time, forgets what an older question is answered, and holds a bounded number of people.

import type { Listed, ListedPage } from '../../room/orders'
import type { Role } from '../../room/types'

/** Most people that are held; who looks for somebody among more than that searches. */
export const MOST_LISTED = 5_000

/** In this order: who only watches, then who may write and has not. */
const ROLES: readonly Role[] = ['visitor', 'participant']

export type Ask = (role: Role, search: string, after: string | undefined) => Promise<ListedPage>

export class Audience {
  people: readonly Listed[] = []
  /** How many there are by the room's word; `undefined` before it has answered. */
  count: number | undefined
  /** Whether the last question failed. */
  failed = false
  #search = ''
  #role = 0
  #after: string | undefined
  #asking = false
  #round = 0

  /**
   * @param ask asks the room
   * @param changed told when there is something else to show
   */
  constructor(
    private readonly ask: Ask,
    private readonly changed: () => void,
  ) {}

  get complete(): boolean {
    return this.#role >= ROLES.length || this.people.length >= MOST_LISTED
  }

  /** Begins anew, with those whose name has this in it. */
  search(search: string): Promise<void> {
    this.#round += 1
    this.#search = search.trim()
    this.#role = 0
    this.#after = undefined
    this.#asking = false
    this.people = []
    this.count = undefined
    return this.more()
  }

  /** Asks for the next page, if there is one and none is on its way. */
  async more(): Promise<void> {
    const role = ROLES[this.#role]
    if (this.#asking || this.complete || role === undefined) return
    this.#asking = true
    this.failed = false
    const round = this.#round
    try {
      const page = await this.ask(role, this.#search, this.#after)
      if (round !== this.#round) return
      this.#asking = false
      this.#take(page)
      // Of a short list the next follows at once, so that something is there to scroll.
      if (page.after === undefined && page.people.length === 0) await this.more()
    } catch {
      if (round !== this.#round) return
      this.#asking = false
      this.failed = true
    }
    this.changed()
  }

  #take(page: ListedPage): void {
    if (this.#after === undefined) this.count = (this.count ?? 0) + page.count
    this.people = [...this.people, ...page.people].slice(0, MOST_LISTED)
    this.#after = page.after
    if (page.after === undefined) this.#role += 1
  }
}
